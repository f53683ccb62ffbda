"""What every gateway raises."""


class CannotSend(Exception):
    """The message was not taken; it may be tried again. The text is for people and holds no secret."""
