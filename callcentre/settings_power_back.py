"""Settings of the calls and text messages that tell customers that power is back. docs/settings.md."""

from typing import Self

from pydantic import Field, model_validator

from callcentre.settings_values import SettingsTable


class PowerBack(SettingsTable):
    """Told `after_s` from the end of an outage, between `from_hour` and `to_hour` by the clock of the place.

    `at_once`: calls on the line, of those of `outgoing.at_once`; 0 rings nobody. `per_second`: calls begun. `tries`
    calls with `pause_min` between them, then a text message.
    """

    after_s: int = Field(default=120, ge=0, le=3600)
    from_hour: int = Field(default=8, ge=0, le=23)
    to_hour: int = Field(default=22, ge=1, le=24)
    at_once: int = Field(default=3, ge=0, le=100)
    per_second: float = Field(default=1.0, gt=0, le=10)
    tries: int = Field(default=3, ge=1, le=5)
    pause_min: int = Field(default=10, ge=0, le=120)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.from_hour >= self.to_hour:
            raise ValueError("from_hour: people are told from this hour to a later one")
        return self

    @property
    def quiet_nights(self) -> bool:
        return self.from_hour > 0 or self.to_hour < 24
