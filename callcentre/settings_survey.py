"""Settings of the question after an agent's call: who is asked how well we were able to help."""

from typing import Annotated, Literal

from pydantic import Field

from callcentre.settings_values import SettingsTable
from customers.satisfaction import ALWAYS, SurveyRule


class Survey(SettingsTable):
    """`ask`: never, always, or a share of the calls (0.25 is one of four). `days`: a number rests so long."""

    ask: Literal["never", "always"] | Annotated[float, Field(ge=0.001, lt=1)] = "always"
    days: int = Field(default=30, ge=0, le=366)

    def rule(self, *, demo: bool) -> SurveyRule:
        """In the demo a number never rests: whoever tries it out rings from the same one again and again."""
        shares = {"never": 0, "always": ALWAYS}
        permille = shares[self.ask] if isinstance(self.ask, str) else round(self.ask * ALWAYS)
        return SurveyRule(permille, 0 if demo else self.days)
