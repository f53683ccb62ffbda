"""What a person is told when everything runs: where to go, whom to ring, who may sign in. At most 100 columns."""

from collections.abc import Iterable, Iterator

from callcentre.installation import Installation
from callcentre.prepare import sign_ins
from customers import demo
from staff import demo as staff_demo
from staff.roles import Role

WIDTH = 100
_ROLES = {
    Role.AGENT: "agents",
    Role.SUPERVISOR: "supervisor",
    Role.QUALITY: "quality",
    Role.ADMINISTRATOR: "administrator",
    Role.AUDITOR: "auditor",
}
_LABEL = 18
_A_LINE = 3
"""Sign-ins beside each other."""
_MOST_TRUNKS = 3


def announcement(installation: Installation) -> list[str]:
    """The lines to print; demo sign-ins and callers only where the demo is."""
    settings = installation.settings
    lines = ["", "The call centre runs. Ctrl-C stops everything.", ""]
    lines.append(_row("Desk and floor", f"{installation.desk_address}/"))
    if settings.demo.enabled:
        lines.append(_row("Browser telephone", f"{installation.desk_address}/phone"))
    lines.append(_row("Hotline", settings.trunk.hotline))
    lines.append(_row("SIP", f"{settings.asterisk.address}:{settings.asterisk.sip_port}/udp"))
    if settings.acquirer == "sandbox":
        lines.append(
            _row("Test cards", "README.md, docs/payments.md")
        )  # no card number stands in any log, not even of a test card
    shown = settings.trunk.addresses[:_MOST_TRUNKS]
    left = len(settings.trunk.addresses) - len(shown)
    lines.append(_row("Calls come from", ", ".join(shown) + (f" and {left} more" if left else "")))
    if installation.secure:
        lines += ["", "Import this authority once into the browsers of other machines:"]
        lines.append(f"  {installation.places.keys / 'tls' / 'authority.pem'}")
    if settings.demo.enabled:
        lines += ["", "Sign-ins of the demo, each with its password:", *_sign_ins(installation)]
        lines += ["", "Callers of the demo: account, PIN, telephone", *_callers()]
    return [*lines, ""]


def _row(label: str, text: str) -> str:
    return f"  {label:<{_LABEL}} {text}"


def _sign_ins(installation: Installation) -> Iterator[str]:
    known = sign_ins(installation.keys)
    for role, label in _ROLES.items():
        pairs = [f"{user.login:<9} {known[user.login]:<14}" for user in staff_demo.USERS if user.role is role]
        for start in range(0, len(pairs), _A_LINE):
            yield _row(label if start == 0 else "", " ".join(pairs[start : start + _A_LINE]).rstrip())


def _callers() -> Iterable[str]:
    return (f"  {one.number}  {one.pin}  {one.phone}  {one.word.replace('_', ' ')}" for one in demo.FIXED)
