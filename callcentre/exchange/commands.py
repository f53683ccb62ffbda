"""`callcentre settings`: the database's settings as text and back."""

import getpass
import sys
from contextlib import contextmanager, suppress
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callcentre.exchange.reader import Kept
    from database.whole_settings import DatabaseWholeSettings

app = typer.Typer(no_args_is_help=True, help="Queues, limits and users: as text, and back from it.")

File = Annotated[str, typer.Argument(metavar="FILE", help="The text; - for standard input.")]


@app.command("export")
def export(to: Annotated[Path | None, typer.Option(help="A file instead of the screen.")] = None) -> None:
    """Write queues, limits and users as text. Passwords are not among them."""
    from callcentre.exchange.writer import exported
    from prompts.store import write_atomically

    with _database() as database:
        text = exported(*database.load())
    if to is None:
        sys.stdout.write(text)
    else:
        write_atomically(to, text.encode())


@app.command("import")
def take_in(
    file: File,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the difference and change nothing.")] = False,
) -> None:
    """Make the settings those of the text: all of it or, when anything in it is wrong, nothing."""
    from callcentre.exchange.reader import Kept, read
    from calls.clock import AnchoredClock
    from prompts.catalogue import load_catalogue
    from staff.users import AuditEntry

    text = _text_of(file)
    with _database() as database:
        kept = Kept(*database.load())
        prompts = {prompt.prompt_id for prompt in load_catalogue() if prompt.static}
        told, wanted = read(text, kept, prompts)
        difference = _difference(kept, wanted)
        sys.stdout.write(difference)
        if not difference:
            typer.echo("Nothing differs; nothing was changed.")
            return
        if told.version not in (None, kept.settings.version):
            typer.echo(
                f"The text was exported from version {told.version}, the settings are at {kept.settings.version}: what "
                "changed in between would be lost. Export again, or take settings_version out of the text.",
                err=True,
            )
            raise typer.Exit(1)
        if dry_run:
            typer.echo("This is the difference; nothing was changed.")
            return
        entry = AuditEntry(AnchoredClock().now(), f"cli:{user_name()}", "settings_imported", "", "")
        version = database.put(wanted.settings, wanted.users, entry)
    typer.echo(f"The settings are at version {version} now; the distribution obeys them within 5 s.")
    known = {user.login for user in kept.users}
    for user in wanted.users:
        if user.login not in known:
            typer.echo(f"{user.login} is new and has no password: `callcentre password {user.login}` sets one.")


def _text_of(file: str) -> str:
    """Raises UnfitText for what is no text."""
    from callcentre.exchange.reader import UnfitText

    octets = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError as wrong:
        line = octets[: wrong.start].count(b"\n") + 1
        raise UnfitText([(line, "this is no UTF-8; save the file as UTF-8.")]) from None


def _difference(kept: "Kept", wanted: "Kept") -> str:
    from callcentre.exchange.writer import body

    former, then = (body(one.settings, one.users).splitlines(keepends=True) for one in (kept, wanted))
    return "".join(unified_diff(former, then, "as it is", "as it would be", n=4))


@contextmanager
def _database() -> "Iterator[DatabaseWholeSettings]":
    from callcentre import serving
    from callcentre.installation import open_installation
    from database.engine import open_engine
    from database.whole_settings import DatabaseWholeSettings

    installation = open_installation()
    engine = open_engine(installation.database_url, serving.call_limits(installation))
    try:
        yield DatabaseWholeSettings(engine)
    finally:
        engine.dispose()


def user_name() -> str:
    """The operating system's user; not authenticated by us, as whoever reaches the database is trusted."""
    with suppress(OSError, KeyError):
        return getpass.getuser()
    return "unknown"
