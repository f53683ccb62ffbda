"""What cannot be simulated or replayed. Each message says what to do."""


class SimulationError(Exception):
    """Base of the room's errors."""


class BadScenario(SimulationError):
    """A scenario, a strategy or a forecast that makes no sense."""


class NoSuchDay(SimulationError):
    """Nothing was recorded there."""


class LogGap(SimulationError):
    """Entries of the event log are missing."""
