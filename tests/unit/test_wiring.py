"""What the processes are wired with."""

import pytest

from callcentre.self_service import ROUTES, skills_of
from calls.journey import Language
from ivr.words import Topic


@pytest.mark.parametrize("language", Language)
def test_a_danger_to_life_waits_for_no_language(language: Language) -> None:
    assert skills_of(ROUTES.of(Topic.EMERGENCY).queue, language) == frozenset()
    assert skills_of(ROUTES.of(Topic.BALANCE).queue, language) == {language.value}
