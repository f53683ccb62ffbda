"""The tables without a database: no floats, every foreign key walked by an index, the drawing current."""

from pathlib import Path

import pytest
from sqlalchemy import Float, Numeric
from sqlalchemy import Table as SqlTable

from database.diagram import BEGIN, END, page_with_diagram
from database.schema import METADATA

PAGE = Path(__file__).resolve().parents[2] / "docs" / "data.md"
TABLES = sorted(METADATA.tables.values(), key=lambda table: table.name)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_no_column_is_a_float_or_a_rounded_number(table: SqlTable) -> None:
    assert [column.name for column in table.columns if isinstance(column.type, (Float, Numeric))] == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_foreign_key_that_grows_with_the_customers_has_an_index(table: SqlTable) -> None:
    """Otherwise a lookup of a customer's or an account's rows walks the whole table."""
    leading = {next(iter(index.columns)).name for index in table.indexes} | {next(iter(table.primary_key)).name}
    small = {"outage_id"}
    assert {key.parent.name for key in table.foreign_keys} - small <= leading


def test_the_page_shows_the_tables_as_they_are() -> None:
    page = PAGE.read_text("utf-8")
    assert page_with_diagram(page) == page, "run .venv/bin/python -m database.diagram docs/data.md"
    assert all(f"    {table.name} {{" in page for table in TABLES)


def test_a_page_without_the_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="no place"):
        page_with_diagram(f"{END} before {BEGIN}")
