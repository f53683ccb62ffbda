"""All tables of the database: whoever wants the whole metadata takes it from here, so that no room is forgotten."""

from database import (
    appeal_tables,
    attempt_tables,
    caller_tables,
    code_tables,
    menu_tables,
    monitor_tables,
    notice_tables,
    origin_tables,
    outage_tables,
    payment_tables,
    pin_reset_tables,
    reference_tables,
    satisfaction_tables,
    tariff_tables,
    watch_tables,
)
from database.tables import Table

ROOMS = (
    appeal_tables,
    attempt_tables,
    caller_tables,
    code_tables,
    menu_tables,
    monitor_tables,
    notice_tables,
    origin_tables,
    outage_tables,
    payment_tables,
    pin_reset_tables,
    reference_tables,
    satisfaction_tables,
    watch_tables,
    tariff_tables,
)
"""Modules with tables beside database.tables; importing them is what makes their tables known."""
METADATA = Table.metadata
