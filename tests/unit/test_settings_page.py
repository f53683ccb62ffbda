"""docs/settings.md lists exactly the settings there are, with their defaults."""

from pathlib import Path

from callcentre.settings import Settings
from callcentre.settings_nodes import OtherNode
from callcentre.settings_trunks import NamedTrunk

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def rows() -> dict[str, str]:
    cells = [line.strip("| ").split(" | ") for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]
    return {cell[0].strip("`"): cell[1].strip().strip("`") for cell in cells}


def test_the_page_is_complete_and_current() -> None:
    defaults = {
        f"{table}.{key}": str(value).lower() if isinstance(value, bool) else str(value or "empty")
        for table, keys in (Settings().model_dump() | {"trunks.NAME": NamedTrunk().model_dump()}).items()
        for key, value in keys.items()
    }
    nodes = {key for key in rows() if key.startswith("nodes.NAME.")}
    assert nodes == {f"nodes.NAME.{key}" for key in OtherNode.model_fields}
    said = {key: default for key, default in rows().items() if key not in nodes}
    assert said == {key: value.strip("(),").replace("'", "") for key, value in defaults.items()}
