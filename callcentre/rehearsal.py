"""`callcentre simulate`, `what-if`, `replay`: the real engine on days that never were, and again on those that were."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from calls.clock import Instant, as_datetime, as_instant
from simulation.errors import BadScenario, NoSuchDay

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from acd.logged import Logged
    from calls.ids import CallId
    from calls.record import CallRecord
    from simulation.replay import Difference
    from simulation.scenario import Scenario
    from simulation.world import Outcome

console = Console(highlight=False)
app = typer.Typer(pretty_exceptions_enable=False)
FAULT = 1
_PAGE = 500
_MOST_CALLS = 1_000_000
"""A quarter of an hour; a check that takes longer is asked for by fewer days."""
EXAMPLE = """\
hours = 8
[[queues]]
name = "line"
[[callers]]
queue = "line"
per_hour = [300, 420, 480, 420]
interval_min = 120
talk_s = 180
wrap_up_s = 30
[[agents]]
count = 30
"""


@app.command()
def simulate(
    file: Annotated[Path | None, typer.Argument(help="A scenario, TOML or JSON.", exists=True, dir_okay=False)] = None,
    compare: Annotated[list[str] | None, typer.Option(help="A strategy; again for each to compare.")] = None,
    day: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="Callers of this recorded day instead.")] = "",
    days: Annotated[int, typer.Option(min=1, max=10_000, help="Independent days.")] = 1,
    seed: Annotated[int, typer.Option()] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")] = False,
    example: Annotated[bool, typer.Option("--example", help="Print a scenario to begin with.")] = False,
) -> None:
    """Play a day of callers and agents with the real distribution, and compare strategies on the same callers."""
    from simulation.scenario import with_strategy
    from simulation.scenario_file import read_scenario

    if example:
        console.out(EXAMPLE, end="")
        return
    if file is None:
        raise BadScenario("Which scenario? `callcentre simulate --example` prints one to begin with.")
    scenario = _on_recorded(read_scenario(file), day) if day else read_scenario(file)
    rows: dict[str, list[Outcome]] = {}
    for strategy in compare or [""]:
        _known(strategy)
        played = with_strategy(scenario, strategy) if strategy else scenario
        rows[strategy or "as in the file"] = _played(played, days, seed, quiet=as_json)
    if as_json:
        console.out(json.dumps({name: _figures(outcomes) for name, outcomes in rows.items()}))
    else:
        console.print(_table(rows))


def _on_recorded(scenario: "Scenario", day: str) -> "Scenario":
    """The scenario's queues and agents with the callers of a recorded day."""
    from dataclasses import replace

    from callcentre.installation import open_installation
    from calls.zones import zone
    from database.engine import open_engine
    from database.records import DatabaseRecords
    from simulation.recorded import recorded

    installation = open_installation()
    since, until, _ = _span(day, zone(installation.settings.supplier.zone))
    if since is None or until is None:
        raise NoSuchDay(f"{day!r} is not a day like 2026-03-31.")
    found: dict[CallId, CallRecord] = {}
    records, before = DatabaseRecords(open_engine(installation.database_url)), until
    while page := [record for record in records.recent(_PAGE, before) if record.call_id not in found]:
        found |= {record.call_id: record for record in page}
        before = Instant(page[-1].arrived_at + 1)
        if page[-1].arrived_at < since:
            break
    source = recorded((record for record in found.values() if record.arrived_at >= since), since, 1)
    strangers = {caller.queue_id for caller in source.day} - {queue.queue_id for queue in scenario.queues}
    if strangers:
        raise BadScenario(f"The day has calls of queues that the scenario lacks: {', '.join(sorted(strangers))}.")
    if not source.day:
        raise NoSuchDay(f"No call was queued on {day}.")
    return replace(scenario, sources=(source,), length_s=(until - since) / 1000, begins=since)


def _known(strategy: str) -> None:
    from acd.strategies import STRATEGIES

    if strategy and strategy not in STRATEGIES:
        raise BadScenario(f"No strategy {strategy!r}. There are: {', '.join(sorted(STRATEGIES))}.")


def _played(scenario: "Scenario", days: int, seed: int, *, quiet: bool) -> "list[Outcome]":
    from simulation.world import simulate as play

    outcomes = []
    with Progress(console=Console(stderr=True), transient=True, disable=quiet) as progress:
        task = progress.add_task("simulating", total=float(days))
        for number in range(days):
            done = float(number)
            outcomes.append(
                play(
                    scenario,
                    seed + number,
                    progress=lambda share, done=done: progress.update(task, completed=done + share),  # type: ignore[misc]  # mypy cannot infer a lambda with a default
                )
            )
    return outcomes


def _figures(outcomes: "list[Outcome]") -> dict[str, float]:
    from simulation.timesheet import occupancy, unfairness

    totals = [outcome.total() for outcome in outcomes]
    whole = totals[0]
    for total in totals[1:]:
        whole.add(total)
    count = len(outcomes)
    return {
        "offered": whole.offered,
        "answered": whole.answered,
        "abandoned": whole.abandoned,
        "short_abandoned": whole.short_abandoned,
        "elsewhere": whole.elsewhere,
        "service_level": whole.service_level,
        "asa_s": whole.asa_s,
        "wait_p95_s": whole.wait_below(0.95),
        "longest_wait_s": whole.longest_s,
        "occupancy": sum(occupancy(outcome.agents) for outcome in outcomes) / count,
        "unfairness": sum(unfairness(outcome.agents) for outcome in outcomes) / count,
    }


def _table(rows: "dict[str, list[Outcome]]") -> Table:
    table = Table(title="All queues together; waits in seconds", title_justify="left", box=SIMPLE)
    for heading in ("strategy", "offered", "lost", "level", "ASA", "p95", "longest", "busy", "F"):
        table.add_column(heading, justify="left" if heading == "strategy" else "right", no_wrap=True)
    for name, outcomes in rows.items():
        told = _figures(outcomes)
        table.add_row(
            name,
            *(f"{told[key]:,.0f}" for key in ("offered", "abandoned")),
            f"{told['service_level']:.1%}",
            *(f"{told[key]:.1f}" for key in ("asa_s", "wait_p95_s", "longest_wait_s")),
            f"{told['occupancy']:.1%}",
            f"{told['unfairness']:.2%}",
        )
    return table


@app.command("what-if")
def what_if(
    per_hour: Annotated[float, typer.Option(min=0.01, max=1e6, help="Calls expected in an hour.")],
    aht_s: Annotated[float, typer.Option("--aht", min=1, max=36_000, help="Talk, hold and wrap-up, seconds.")],
    patience_s: Annotated[float, typer.Option("--patience", min=0, help="Mean patience, seconds; 0: no limit.")] = 0,
    level: Annotated[float, typer.Option(min=0.01, max=0.9999, help="Share to answer in time.")] = 0.8,
    within_s: Annotated[int, typer.Option("--within", min=0, max=3600, help="In time: seconds.")] = 20,
    shrinkage: Annotated[float, typer.Option(min=0, max=0.9, help="Share of paid time not at the desk.")] = 0.0,
    cv: Annotated[float, typer.Option(min=0.05, max=5, help="Variation of the handling time; 1: exponential.")] = 1.0,
    days: Annotated[int, typer.Option(min=2, max=1000, help="Days to simulate.")] = 10,
    hours: Annotated[float, typer.Option(min=0.5, max=1000, help="Length of each.")] = 8.0,
) -> None:
    """Agents needed for a standard at a forecast: Erlang's closed form, and a check of it by simulation."""
    from acd.erlang import Overloaded, Target, scheduled
    from simulation.staffing import Forecast, played

    forecast = Forecast(per_hour, aht_s, patience_s or None, cv)
    try:
        needed = forecast.agents_needed(Target(level, within_s))
    except ValueError as error:
        raise BadScenario(str(error)) from None
    outlook = forecast.outlook(needed, within_s)
    if isinstance(outlook, Overloaded):  # agents_needed never says so few
        raise BadScenario("More work comes than these agents can do.")
    law = "Erlang C, nobody hangs up" if not patience_s else "Erlang A"
    console.print(f"{needed} agents at the desk are needed for {level:.0%} in {within_s} s ({law}).")
    if shrinkage:
        console.print(f"{scheduled(needed, shrinkage)} are to be scheduled at {shrinkage:.0%} shrinkage.")
    calls = per_hour * (hours + 1) * days
    if calls > _MOST_CALLS:
        console.print(f"Not simulated: {calls:,.0f} calls are too many. Ask for fewer with --days and --hours.")
        return
    real = played(forecast, needed, within_s, days=days, hours=hours)
    table = Table()
    for heading in ("figure", "closed form", "simulated", "99 % interval", "difference"):
        table.add_column(heading, justify="left" if heading == "figure" else "right")
    outside = 0
    for name, closed, simulated, unit in (
        ("service level", outlook.service_level, real.service_level, "%"),
        ("ASA", outlook.asa_s, real.asa_s, "s"),
        ("abandoned", outlook.abandons, real.abandons, "%"),
        ("occupancy", outlook.occupancy, real.occupancy, "%"),
    ):
        scale = 100 if unit == "%" else 1
        outside += not simulated.holds(closed)
        table.add_row(
            name,
            f"{closed * scale:.2f} {unit}",
            f"{simulated.mean * scale:.2f} {unit}",
            f"± {simulated.half * scale:.2f}",
            f"{(simulated.mean - closed) * scale:+.2f}" + ("" if simulated.holds(closed) else "  outside"),
        )
    console.print(table)
    if outside:
        console.print(
            "Outside the interval: the closed form does not hold for this forecast. Its conditions are Poisson "
            "arrivals, exponential handling time and patience, a steady state. Trust the simulation."
        )


@app.command()
def replay(
    what: Annotated[str, typer.Argument(help="A call's id or a day (YYYY-MM-DD); all of the log without.")] = "",
) -> None:
    """Run the recorded event log through this engine and compare every decision with the one that was made."""
    from acd.event_log import EventLog
    from acd.floor import Floor
    from acd.redis_store import connect
    from callcentre.installation import open_installation
    from calls.zones import zone
    from simulation.replay import replay as again

    installation = open_installation()
    prefix = installation.settings.redis.prefix
    log = EventLog(connect(installation.redis_url), prefix)
    since, until, call = _span(what, zone(installation.settings.supplier.zone))
    start = log.start(since)
    compared = 0
    last = start.state.version
    for logged, difference in again(Floor.restored(start.state), log.entries(start.entry)):
        if until is not None and logged.message.at >= until:
            break
        compared, last = compared + 1, logged.version
        if call and _concerns(logged, call):
            console.out(_line(logged))
        if difference is not None:
            console.out(_different(difference))
            raise typer.Exit(FAULT)
    if not compared:
        raise NoSuchDay("The log has no messages there.")
    console.out(
        f"{compared:,} messages, versions {start.state.version + 1} to {last}: this engine decides all of it as it was."
    )


def _span(what: str, local: "ZoneInfo") -> tuple[Instant | None, Instant | None, str]:
    """From when, until when, and the call that is looked for. Raises NoSuchDay."""
    from calls.ids import is_uuid

    if not what:
        return None, None, ""
    if is_uuid(what):
        # UUIDv7 (RFC 9562): the first 48 bits are the milliseconds that it was made at.
        return Instant(int(what.replace("-", "")[:12], 16)), None, what
    try:
        begins = datetime.combine(date.fromisoformat(what), datetime.min.time(), local)
    except ValueError:
        raise NoSuchDay(f"{what!r} is neither a call's id nor a day like 2026-03-31.") from None
    return as_instant(begins), as_instant(begins + timedelta(days=1)), ""


def _concerns(logged: "Logged", call: str) -> bool:
    event = logged.message.event
    mine = f"{getattr(event, 'call_id', '')} {getattr(event, 'offer_id', '')}"
    return call in mine or (logged.decisions is not None and call in logged.decisions)


def _line(logged: "Logged") -> str:
    at = as_datetime(logged.message.at).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    decided = (logged.decisions or logged.refusal or "-").replace("\n", "; ")
    return f"{at} UTC  {logged.version:>8}  {type(logged.message.event).__name__:<20} {decided}"


def _different(difference: "Difference") -> str:
    at = as_datetime(difference.message.at).astimezone(UTC).isoformat(timespec="milliseconds")
    event = type(difference.message.event).__name__
    return (
        f"The first difference is at version {difference.version} ({at}, {event}).\n"
        f"The log:      {difference.then.replace(chr(10), '; ')}\n"
        f"This program: {difference.now.replace(chr(10), '; ')}"
    )
