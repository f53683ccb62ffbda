"""The five roles and their rights, in one table. Every page and endpoint names the right it needs."""

from enum import StrEnum


class Role(StrEnum):
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    QUALITY = "quality"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class Right(StrEnum):
    TAKE_CALLS = "take_calls"
    SEE_CUSTOMERS = "see_customers"
    SEE_FLOOR = "see_floor"
    ACKNOWLEDGE_ALERTS = "acknowledge_alerts"
    KEEP_OUTAGES = "keep_outages"
    KEEP_APPEALS = "keep_appeals"
    ASK_PIN_RESET = "ask_pin_reset"
    APPROVE_PIN_RESET = "approve_pin_reset"
    """Of what another person has asked for."""
    SEE_RECORDS = "see_records"
    KEEP_TEXTS = "keep_texts"
    """Write and publish what callers hear."""
    MANAGE_USERS = "manage_users"
    SEE_AUDIT = "see_audit"


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.AGENT: frozenset({Right.TAKE_CALLS, Right.SEE_CUSTOMERS, Right.KEEP_APPEALS, Right.ASK_PIN_RESET}),
    Role.SUPERVISOR: frozenset(
        {
            Right.TAKE_CALLS,
            Right.SEE_CUSTOMERS,
            Right.SEE_FLOOR,
            Right.SEE_RECORDS,
            Right.ACKNOWLEDGE_ALERTS,
            Right.KEEP_OUTAGES,
            Right.KEEP_APPEALS,
            Right.ASK_PIN_RESET,
            Right.APPROVE_PIN_RESET,
            Right.KEEP_TEXTS,
        }
    ),
    Role.QUALITY: frozenset({Right.SEE_RECORDS}),
    Role.ADMINISTRATOR: frozenset(
        {Right.MANAGE_USERS, Right.SEE_FLOOR, Right.ACKNOWLEDGE_ALERTS, Right.KEEP_OUTAGES, Right.KEEP_TEXTS}
    ),
    Role.AUDITOR: frozenset({Right.SEE_AUDIT, Right.SEE_RECORDS}),
}


def may(role: Role, right: Right) -> bool:
    return right in RIGHTS[role]
