"""What real callers hear while they wait: their place and a text in turn, by settings that were changed live."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from prompts.phrase import say
from tests.asterisk.conftest import Agents
from tests.kit.call_centre import CallCentre
from tests.kit.kept import calls_kept
from tests.kit.talks import hear_each_other, queued
from tests.kit.telephone import Telephone
from tests.kit.waiting import eventually

USUAL = ("first_s: 20", "every_s: 45")
OFTEN = ("first_s: 5", "every_s: 10")


def obey(centre: CallCentre, folder: Path, was: Sequence[str], now: Sequence[str]) -> None:
    """How often callers hear something, changed as an administrator does."""
    text = centre.command("settings", "export").stdout
    for former, latter in zip(was, now, strict=True):
        assert former in text
        text = text.replace(former, latter)
    changed = folder / "settings.yaml"
    changed.write_text(text, "utf-8")
    taken = centre.command("settings", "import", str(changed))
    assert taken.returncode == 0, taken.stderr


@pytest.fixture
def told_often(centre: CallCentre, tmp_path: Path) -> Iterator[None]:
    obey(centre, tmp_path, USUAL, OFTEN)
    yield
    obey(centre, tmp_path, OFTEN, USUAL)


@pytest.mark.usefixtures("told_often")
async def test_the_place_goes_down_a_text_follows_and_the_answer_cuts_it_all(
    centre: CallCentre, caller: Telephone, agents: Agents
) -> None:
    one = await queued(centre, caller)
    two = await queued(centre, caller, "+73060009998")
    await two.hears_sentence(say("queue.position", position=2))
    await two.hears("wait.self_service")
    await one.call.hang_up()
    await two.hears_sentence(say("queue.position", position=1))
    agent = await agents("orlov")
    ringing = await agent.phone.incoming(timeout_s=5)
    ringing.answer()
    await hear_each_other(two.call, ringing)
    assert not two.heard(say("queue.position", position=3))
    await two.call.hang_up()
    await ringing.ended(timeout_s=5)
    await agent.end_wrap_up()
    await eventually(lambda: calls_kept(centre) == 0, 5, "no call is kept")
