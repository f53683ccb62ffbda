"""Every prompt that flows and announcements say stands in both languages with the same parameters; none for nothing."""

import ast
from pathlib import Path

import ivr
from calls.journey import Language
from customers.accounts import CAUSES
from database.demo_data import WHILE_WAITING
from dialplan.render import TEMPLATES
from ivr.flows.account import AFTER, AFTER_WAITING
from ivr.flows.welcome import ORDER
from telephony import announcer
from tests.kit.scripted_channel import catalogue

FOLDER = Path(ivr.__file__).parent
BY_NAME = {AFTER[0], AFTER_WAITING[0], *ORDER.values(), *(f"outage.cause.{cause}" for cause in CAUSES)}
"""Prompts whose id a flow puts together or is given."""


def said() -> set[tuple[str, frozenset[str]]]:
    """The id and the parameters of every say(...) in the flows and in the announcements on the hold line."""
    found: set[tuple[str, frozenset[str]]] = set()
    for file in (*FOLDER.rglob("*.py"), Path(announcer.__file__)):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say":
                prompt_id = node.args[0]
                if isinstance(prompt_id, ast.Constant):
                    found.add((str(prompt_id.value), frozenset(str(word.arg) for word in node.keywords)))
    return found


def test_every_prompt_of_the_flows_is_in_both_languages() -> None:
    nothing: frozenset[str] = frozenset()
    wanted = said() | {(prompt_id, nothing) for prompt_id in BY_NAME}
    assert len(wanted) > 20
    for language in Language:
        for prompt_id, params in wanted:
            assert frozenset(catalogue().prompt(prompt_id, language).params) == params, (language, prompt_id)


def test_every_prompt_is_said_by_a_flow_or_in_the_wait_or_played_by_the_dialplan() -> None:
    by_flows = {prompt_id for prompt_id, _ in said()} | BY_NAME | {*WHILE_WAITING.texts}
    dialplan = (TEMPLATES / "extensions.conf").read_text("utf-8")
    unused = {prompt.prompt_id for prompt in catalogue()} - by_flows
    assert {name for name in unused if f"${{CHANNEL(language)}}/{name})" not in dialplan} == set()
