"""What can go wrong between us and an Asterisk's manager interface."""


class AmiError(Exception):
    """Base of the link's errors."""


class LinkLost(AmiError):
    """There is no connection, or it broke while an action waited; nobody knows whether the action was done."""


class AmiTimeout(AmiError):
    """Asterisk did not answer an action in time; the link is taken down and made anew."""


class ActionRefused(AmiError):
    """Asterisk answered Error; `reason` is its message."""

    def __init__(self, action: str, reason: str) -> None:
        super().__init__(f"Asterisk refused {action}: {reason}")
        self.reason = reason
