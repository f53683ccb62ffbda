"""What every gateway raises."""


class CannotSend(Exception):
    """The message was not taken; it may be tried again. The text is for people and holds no secret."""


class Throttled(CannotSend):
    """The gateway takes no more for the moment; it and all others are to wait a little."""


class NeverSent(CannotSend):
    """The gateway will not take this message, however often it is tried: its address or form is wrong."""
