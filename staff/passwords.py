"""What a password must be. Length is what counts, not kinds of characters (NIST SP 800-63B, 5.1.1.2). Pure."""

from typing import Final

from calls.ids import AgentId

SHORTEST: Final = 12
LONGEST: Final = 1024


def fault_of(password: str, login: AgentId) -> str | None:
    """What is wrong with it, a sentence with its remedy; None when it may be used."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"A password has {SHORTEST} to {LONGEST} characters; this one has {len(password)}. Take a few words."
    if login in password.casefold():
        return "A password does not hold the login. Take other words."
    if len(set(password)) < SHORTEST // 3:
        return "A password repeats no few characters all over. Take a few words."
    if not password.isprintable():
        return "A password has no control characters: type it, do not paste lines."
    return None
