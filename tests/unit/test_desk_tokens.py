"""The colours' contrast (WCAG 2.2), recomputed from the style sheet itself, light and dark."""

import re
from pathlib import Path

import pytest

import agent_desktop

CSS = (Path(agent_desktop.__file__).parent / "static" / "tokens.css").read_text("utf-8")
TOKENS = {
    name: (light, dark)
    for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#[0-9A-F]{6}), (#[0-9A-F]{6})\);", CSS)
}
STATES = ("ready", "not_ready", "offered", "on_call", "wrap_up", "signed_out", "warning", "breach", "stale")
TEXT_PAIRS = [
    *((text, ground) for text in ("text", "text-2", "accent") for ground in ("surface", "page")),
    ("text", "selected"), ("on-accent", "accent"), ("on-danger", "danger"), ("stale-text", "stale-hatch"),
    *((f"{state}-text", f"{state}-fill") for state in STATES),
]  # fmt: skip
MARK_PAIRS = [
    (sign, ground) for sign in ("field-border", "focus", "danger") for ground in ("surface", "page")
] + [("focus", "selected")]  # fmt: skip


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2, definitions)."""

    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("pair", TEXT_PAIRS, ids="/".join)
def test_text_is_readable(pair: tuple[str, str], theme: int) -> None:
    assert contrast(TOKENS[pair[0]][theme], TOKENS[pair[1]][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("pair", MARK_PAIRS, ids="/".join)
def test_marks_and_borders_are_seen(pair: tuple[str, str], theme: int) -> None:
    assert contrast(TOKENS[pair[0]][theme], TOKENS[pair[1]][theme]) >= 3


def test_the_formula_is_right() -> None:
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21)
    assert contrast("#16202A", "#FFFFFF") == pytest.approx(16.48, abs=0.01)


def test_style_sheets_use_tokens_for_colour() -> None:
    """A colour written elsewhere would escape the test above and the dark theme."""
    for sheet in (Path(agent_desktop.__file__).parent / "static").glob("*.css"):
        if sheet.name != "tokens.css":
            assert not re.search(r"#[0-9A-Fa-f]{3,8}\b(?![^{]*\{)|rgb\(", sheet.read_text("utf-8")), sheet.name
