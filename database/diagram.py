"""The tables as a Mermaid entity-relationship diagram, from the metadata: `python -m database.diagram docs/data.md`."""

import sys
from pathlib import Path

from sqlalchemy import Column
from sqlalchemy import Table as SqlTable

from database.schema import METADATA

BEGIN = "<!-- drawn by database.diagram: do not edit below -->"
END = "<!-- end of the drawing -->"
_WORDS = {"BigInteger": "int", "Text": "text", "Date": "date", "Boolean": "bool", "JSON": "json"}


def mermaid() -> str:
    """All tables with their columns, then one line for each foreign key."""
    lines = ["erDiagram"]
    tables = sorted(METADATA.tables.values(), key=lambda table: table.name)
    for table in tables:
        lines.append(f"    {table.name} {{")
        lines += [f"        {_column(column)}" for column in table.columns]
        lines.append("    }")
    for table in tables:
        lines += _links(table)
    return "\n".join(lines)


def page_with_diagram(page: str) -> str:
    """The page with the drawing between its marks renewed. Raises ValueError when the marks are missing."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"The page has no place for the drawing. Put {BEGIN} and {END} on lines of their own.")
    return f"{before}{BEGIN}\n```mermaid\n{mermaid()}\n```\n{END}{after}"


def _column(column: "Column[object]") -> str:
    keys = [name for name, true in (("PK", column.primary_key), ("FK", bool(column.foreign_keys))) if true]
    if column.unique:
        keys.append("UK")
    nullable = ' "may be empty"' if column.nullable else ""
    return f"{_WORDS[type(column.type).__name__]} {column.name} {', '.join(keys)}".rstrip() + nullable


def _links(table: SqlTable) -> list[str]:
    links = []
    for key in sorted(table.foreign_keys, key=lambda key: key.parent.name):
        many = "o|" if [column.name for column in table.primary_key] == [key.parent.name] else "o{"
        links.append(f"    {key.column.table.name} ||--{many} {table.name} : {key.parent.name}")
    return links


if __name__ == "__main__":
    place = Path(sys.argv[1])
    place.write_text(page_with_diagram(place.read_text("utf-8")), "utf-8")
