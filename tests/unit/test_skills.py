"""What a person can do, and how well."""

from hypothesis import given
from hypothesis import strategies as st

from staff import demo
from staff.skills import Skill, able, is_sound, levels_of, names_of, skilled, skills_from

LEVELS = st.dictionaries(st.sampled_from(["ru", "en", "general"]), st.integers(1, 5))


@given(has=LEVELS, asked=LEVELS)
def test_able_is_each_skill_well_enough(has: dict[str, int], asked: dict[str, int]) -> None:
    expected = all(name in has and has[name] >= level for name, level in asked.items())
    assert able(skills_from(has), skills_from(asked)) == expected


@given(LEVELS)
def test_levels_by_name_and_back(levels: dict[str, int]) -> None:
    skills = skills_from(levels)
    assert levels_of(skills) == levels
    assert names_of(skills) == set(levels)
    assert is_sound(skills)


def test_of_two_levels_of_one_skill_the_higher_counts() -> None:
    twice = frozenset({Skill("ru", 2), Skill("ru", 4)})
    assert levels_of(twice) == {"ru": 4}
    assert able(twice, skilled("ru", level=4))
    assert not is_sound(twice | {Skill("en", 6)})


def test_the_demo_s_people_are_not_all_equally_good() -> None:
    assert all(is_sound(user.skills) for user in demo.USERS)
    assert {level for agent in demo.AGENTS for level in levels_of(agent.skills).values()} == {1, 2, 3, 4, 5}
