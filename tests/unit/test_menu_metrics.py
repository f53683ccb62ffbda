"""The menus as Prometheus sees them: one series a menu, none of what nobody did."""

from prometheus_client import CollectorRegistry, generate_latest

from acd.figures import Report
from acd.menu_figures import Steps, StepTally, tallies
from acd.metrics import MenuTally
from acd.monitor.exposition import Exposition
from calls.journey import Language
from calls.menu_steps import Ending
from tests.kit.visits import NOW


def shown(menus: dict[str, StepTally]) -> str:
    exposition, registry = Exposition(dict), CollectorRegistry()
    exposition.show(Report(NOW), MenuTally(4, 2, 1), menus, leads=True)
    registry.register(exposition)
    return generate_latest(registry).decode()


def test_each_menu_has_its_figures() -> None:
    ru = Language.RU
    steps = (
        Steps("main", 0, ru, Ending.CHOSEN, "balance", 12, 2, wrong=1),
        Steps("main", 0, ru, Ending.LEFT, "", None, 1),
        Steps("main", 1, ru, Ending.ASTRAY, "", None, 1, wrong=3),
        Steps("details", 2, ru, Ending.SERVED, "", None, 1),
    )
    text = shown(tallies(steps, lambda one: one.menu)).splitlines()
    for line in (
        'callcentre_menu_entered{menu="main"} 4.0',
        'callcentre_menu_dropped{menu="main"} 1.0',
        'callcentre_menu_to_agent{menu="main"} 1.0',
        'callcentre_menu_wrong_keys{menu="main"} 4.0',
        'callcentre_menu_answer_median_seconds{menu="main"} 1.2',
        'callcentre_menu_answer_p95_seconds{menu="main"} 1.2',
        'callcentre_menu_entered{menu="details"} 1.0',
        "callcentre_menu_containment_ratio 0.5",
    ):
        assert line in text
    assert not any("median" in line and "details" in line for line in text)


def test_without_calls_there_is_no_series() -> None:
    assert "{menu=" not in shown({})
