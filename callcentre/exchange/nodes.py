"""Reads YAML as words with their lines: nothing is guessed from a word's looks, so `no`, `8:00` and `007` stay words.

Every fault is noted with its line and reading goes on, so that one reading tells all. Pure.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Final, TypeVar

import yaml

T = TypeVar("T")
Where = tuple[str, ...]
"""The path to a value: ("queues", "general", "overflow", "1", "to")."""

LONGEST: Final = 4_000_000
"""Characters; a thousand queues and ten thousand users need half of it."""
DEEPEST: Final = 12


class Unfit(ValueError):
    """A word that is not what it should be; the message says what to write."""


@dataclass(slots=True)
class Findings:
    """What was found wrong, and the line of every path that was read (1 = first)."""

    faults: list[tuple[int, str]] = field(default_factory=list)
    lines: dict[Where, int] = field(default_factory=dict)

    def note(self, where: Where, text: str, line: int | None = None) -> None:
        """`text`: what is wrong and what to do, without the full stop."""
        at = self.line_of(where) if line is None else line
        self.faults.append((at, f"{'.'.join(where)}: {text}." if where else f"{text}."))

    def line_of(self, where: Where) -> int:
        """Its line, else that of the nearest thing around it."""
        for length in range(len(where), 0, -1):
            if where[:length] in self.lines:
                return self.lines[where[:length]]
        return 1


class _Words(yaml.BaseLoader):
    """Every scalar a word. No aliases: a short file could mean an endless one."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call] # the stubs leave it untyped
            raise yaml.composer.ComposerError(None, None, "aliases (*) are not read; write it out", mark)
        return super().compose_node(parent, index)


def composed(text: str, findings: Findings) -> "Table":
    """The file's table; an empty one when it cannot be read, which `findings` then says."""
    nothing = Table(yaml.MappingNode("", []), (), findings)
    if len(text) > LONGEST:
        findings.note((), f"{len(text)} characters are more than any settings have ({LONGEST})")
        return nothing
    try:
        node = yaml.compose(text, Loader=_Words)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        findings.note((), f"this is no YAML: {error.problem or error.context}", mark.line + 1 if mark else 1)
        return nothing
    except yaml.YAMLError as error:
        findings.note((), f"this is no YAML: {str(error).splitlines()[0]}")
        return nothing
    except RecursionError:
        findings.note((), "it is nested too deeply")
        return nothing
    if node is None:
        return nothing
    return table(node, (), findings) or nothing


class Table:
    """A mapping of the file. Each field is taken once; `close` names those that nobody took."""

    def __init__(self, node: yaml.MappingNode, where: Where, findings: Findings) -> None:
        self.where = where
        self.findings = findings
        self._left: dict[str, yaml.Node] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode) or not key.value:
                findings.note(where, "a name is missing here", line)
            elif key.value in self._left:
                findings.note((*where, key.value), "this is written twice; remove one", line)
            else:
                findings.lines[(*where, key.value)] = line
                self._left[key.value] = value

    def __contains__(self, name: str) -> bool:
        return name in self._left

    def names(self) -> tuple[str, ...]:
        """What has not been taken yet, in the file's order."""
        return tuple(self._left)

    def take(self, name: str, read: Callable[[str], T], default: T, alias: str = "") -> T:
        """One word. `alias`: the name that the rules know it by."""
        node = self._pop(name, alias)
        return default if node is None else _read(node, (*self.where, name), self.findings, read, default)

    def take_list(self, name: str, read: Callable[[str], T]) -> tuple[T, ...]:
        """A list of words; what is unfit is left out."""
        node = self._pop(name)
        where = (*self.where, name)
        found = []
        for place, one in enumerate(_items(node, where, self.findings), 1):
            self.findings.lines[(*where, str(place))] = one.start_mark.line + 1
            if (value := _read(one, (*where, str(place)), self.findings, read, None)) is not None:
                found.append(value)
        return tuple(found)

    def take_table(self, name: str) -> "Table | None":
        node = self._pop(name)
        return None if node is None else table(node, (*self.where, name), self.findings)

    def take_tables(self, name: str) -> "tuple[Table, ...]":
        """A list of tables."""
        node = self._pop(name)
        where = (*self.where, name)
        tables = []
        for place, one in enumerate(_items(node, where, self.findings), 1):
            self.findings.lines[(*where, str(place))] = one.start_mark.line + 1
            if (found := table(one, (*where, str(place)), self.findings)) is not None:
                tables.append(found)
        return tuple(tables)

    def is_word(self, name: str) -> bool:
        return isinstance(self._left.get(name), yaml.ScalarNode)

    def close(self, known: str) -> None:
        """Name what nobody took; `known` says what there is."""
        for name in self._left:
            self.findings.note((*self.where, name), f"this is not known here; {known}")

    def miss(self, name: str) -> None:
        self.findings.note(self.where, f"{name} is missing; write it")

    def _pop(self, name: str, alias: str = "") -> yaml.Node | None:
        node = self._left.pop(name, None)
        if alias and node is not None:
            self.findings.lines[(*self.where, alias)] = self.findings.lines[(*self.where, name)]
        return node


def table(node: yaml.Node, where: Where, findings: Findings) -> Table | None:
    """The node as a table; noted when it is none."""
    if isinstance(node, yaml.MappingNode) and len(where) <= DEEPEST:
        return Table(node, where, findings)
    if isinstance(node, yaml.ScalarNode) and not node.value and not node.style:
        return Table(yaml.MappingNode("", []), where, findings)
    findings.note(where, "write fields here, each as name: value", node.start_mark.line + 1)
    return None


def _items(node: yaml.Node | None, where: Where, findings: Findings) -> list[yaml.Node]:
    if isinstance(node, yaml.SequenceNode):
        return list(node.value)
    if node is not None and not (isinstance(node, yaml.ScalarNode) and not node.value and not node.style):
        findings.note(where, "write a list here, such as [one, other]", node.start_mark.line + 1)
    return []


def _read(node: yaml.Node, where: Where, findings: Findings, read: Callable[[str], T], default: T) -> T:
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.ScalarNode):
        findings.note(where, "write one word or number here", line)
        return default
    try:
        return read(node.value)
    except Unfit as unfit:
        findings.note(where, f"{unfit}. Found {node.value[:60]!r}", line)
        return default


def repeated(values: tuple[Hashable, ...]) -> bool:
    return len(set(values)) < len(values)
