"""The figures of menus over both databases: one day counted by hand, its edges, and what a later record changes."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from acd.menu_figures import Steps, StepTally, tallies
from acd.metrics import MenuTally
from calls.clock import Instant, after
from calls.ids import CallId, ContactId, NodeId, QueueId, new_call_id
from calls.journey import CallFacts, Language
from calls.menu_steps import Ending, MenuStep
from calls.record import CallOutcome, CallRecord
from database.engine import DatabaseUnavailable, Engine, open_engine, reading
from database.menu_figures import DatabaseMenuFigures
from database.menu_tables import MenuStepRow
from database.records import DatabaseRecords
from tests.kit.databases import NOW

DAY_S = 24 * 3600
TOMORROW = after(NOW, DAY_S)


def step(menu: str, ending: Ending, answer_ms: int | None = None, choice: str = "", wrong: int = 0) -> MenuStep:
    return MenuStep(menu, "ru", NOW, 5000, ending, choice, answer_ms, wrong)


def menus(*steps: MenuStep, language: Language = Language.RU) -> CallFacts:
    facts = CallFacts(language=language)
    for one in steps:
        facts = facts.with_menu(replace(one, language=language.value))
    return facts


def kept(
    engine: Engine,
    facts: CallFacts,
    outcome: CallOutcome = CallOutcome.LEFT_IN_MENU,
    at: Instant = NOW,
    answered: bool = False,
    call: CallId | None = None,
) -> CallRecord:
    call = call or new_call_id()
    record = CallRecord(call, ContactId(call), NodeId("one"), outcome, facts, at, after(at, 60))
    if outcome not in {CallOutcome.LEFT_IN_MENU, CallOutcome.SELF_SERVED}:
        record = replace(record, queue_id=QueueId("general"), enqueued_at=after(at, 9))
    if answered:
        record = replace(record, answered_at=after(at, 20), talk_ended_at=after(at, 50))
    DatabaseRecords(engine).write(record)
    return record


def test_a_day_counted_by_hand(engine: Engine) -> None:
    """Six calls: served, dropped, to an agent, told of an outage, an English one, and one that an agent took away."""
    balance = step("main", Ending.CHOSEN, 1250, "balance")
    kept(engine, menus(balance, step("after_answer", Ending.SERVED)), CallOutcome.SELF_SERVED)
    kept(engine, menus(step("main", Ending.LEFT, wrong=1)), at=Instant(TOMORROW - 1))
    kept(engine, menus(step("main", Ending.AGENT, 300)), CallOutcome.ANSWERED, answered=True)
    concerned = menus(step("main", Ending.SILENT)).with_step(NOW, "outage", "own_place", "concerned")
    kept(engine, concerned, CallOutcome.SELF_SERVED)
    kept(engine, menus(balance, step("main", Ending.CHOSEN, 0, "outage"), language=Language.EN))
    waited = (step("main", Ending.AGENT, 99), step("waiting", Ending.LEFT))
    kept(engine, menus(*waited), CallOutcome.ANSWERED, answered=True)
    kept(engine, menus(step("main", Ending.LEFT)), at=TOMORROW)
    period = DatabaseMenuFigures(engine).period(NOW, TOMORROW)
    assert period.calls == {Language.RU: MenuTally(5, 2, 1), Language.EN: MenuTally(1, 0, 0)}
    assert period.total == MenuTally(6, 2, 1)
    assert (period.total.containment, period.total.deflection) == (2 / 6, 1 / 6)
    russian = period.of_menus(Language.RU)
    main = russian["main"]
    assert (main.entered, main.dropped, main.served, main.to_agent) == (5, 1, 0, 2)
    assert (main.wrong_keys, main.silences, main.choices) == (1, 0, {"balance": 1})
    assert main.answers == {12: 1, 3: 1, 0: 1}
    assert (main.median_s, main.p95_s, main.drop_off) == (0.3, 1.2, 0.2)
    after_answer = russian["after_answer"]
    assert (after_answer.entered, after_answer.dropped, after_answer.served) == (1, 0, 1)
    assert (after_answer.median_s, after_answer.choices) == (None, {})
    assert russian["waiting"].endings == {Ending.TAKEN: 1}, "an agent answered: nobody dropped off"
    assert period.of_menus(Language.EN)["main"].choices == {"balance": 1, "outage": 1}
    assert period.of_menus()["main"].entered == 7
    by_place = tallies(period.steps, lambda one: (one.menu, one.place))
    assert (by_place["main", 0].entered, by_place["main", 1].entered) == (6, 1)
    empty = DatabaseMenuFigures(engine).period(after(NOW, 9 * DAY_S), after(NOW, 10 * DAY_S))
    assert (empty.steps, empty.calls, empty.total.containment) == ((), {}, None)


def test_steps_that_are_alike_are_one_row(engine: Engine) -> None:
    for _ in range(3):
        kept(engine, menus(step("main", Ending.CHOSEN, 1210, "balance", wrong=2)))
    [alike] = DatabaseMenuFigures(engine).steps(NOW, TOMORROW)
    assert alike == Steps("main", 0, Language.RU, Ending.CHOSEN, "balance", 12, 3, wrong=6)


def test_the_days_add_up_to_the_week(engine: Engine) -> None:
    for day in range(3):
        kept(engine, menus(step("main", Ending.CHOSEN, 700 * day, "balance")), at=after(NOW, day * DAY_S))
        kept(engine, menus(step("main", Ending.LEFT)), at=after(NOW, day * DAY_S + 60))
    figures = DatabaseMenuFigures(engine)
    days = [
        figures.period(after(NOW, day * DAY_S), after(NOW, (day + 1) * DAY_S)).of_menus()["main"] for day in range(3)
    ]
    assert sum(days, StepTally()) == figures.period(NOW, after(NOW, 3 * DAY_S)).of_menus()["main"]


def _stored(engine: Engine, call: CallId) -> Sequence[tuple[int, str]]:
    query = select(MenuStepRow.place, MenuStepRow.ending).where(MenuStepRow.call_id == call)
    with reading(engine, DatabaseUnavailable) as connection:
        return [(place, ending) for place, ending in connection.execute(query.order_by(MenuStepRow.place))]


def test_a_record_comes_back_with_its_menus(engine: Engine) -> None:
    steps = step("main", Ending.CHOSEN, 17, "balance", 2), replace(step("details", Ending.BACK), repeated=1, silent=1)
    record = kept(engine, menus(*steps))
    assert DatabaseRecords(engine).find(record.call_id) == record


def test_a_second_record_of_the_same_call_adds_no_steps(engine: Engine) -> None:
    facts = menus(step("main", Ending.BACK), step("main", Ending.LEFT))
    record = kept(engine, facts)
    kept(engine, facts, call=record.call_id)
    assert _stored(engine, record.call_id) == [(0, "back"), (1, "left")]


@pytest.mark.parametrize("known", [True, False])
def test_who_was_cut_off_in_the_menu_and_served_later_did_not_drop_off(engine: Engine, known: bool) -> None:
    """The self-service died: the call was recorded as left in the menu, then the rescue connected it."""
    cut = kept(engine, menus(step("main", Ending.BACK), step("details", Ending.LEFT)))
    assert _stored(engine, cut.call_id) == [(0, "back"), (1, "left")]
    again = menus(step("main", Ending.AGENT)) if known else CallFacts()
    kept(engine, again, CallOutcome.RESCUED, answered=True, call=cut.call_id)
    assert _stored(engine, cut.call_id) == ([(0, "agent")] if known else [(0, "back"), (1, "taken")])


def test_hostile_words_are_kept_as_they_may_be(engine: Engine) -> None:
    record = kept(engine, menus(replace(step("main\0'; --", Ending.CHOSEN), choice="\0\udc80")))
    with reading(engine, DatabaseUnavailable) as connection:
        assert connection.scalar(select(func.count()).where(MenuStepRow.call_id == record.call_id)) == 1


def test_without_the_database_it_says_so() -> None:
    away = open_engine("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(DatabaseUnavailable):
        DatabaseMenuFigures(away).period(NOW, TOMORROW)
    away.dispose()


def test_percentiles_are_times_that_somebody_took() -> None:
    answers = StepTally(answers=dict.fromkeys(range(1, 101), 1))
    assert (answers.median_s, answers.p95_s, answers.percentile_s(100)) == (5.0, 9.5, 10.0)
    assert StepTally(answers={7: 1}).p95_s == 0.7
    assert StepTally().median_s is None
    assert StepTally().drop_off is None
