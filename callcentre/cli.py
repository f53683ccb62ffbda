"""The command line: `callcentre run`, one command for each process, and what an administrator needs."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from callcentre import logs
from callcentre.data_commands import app as data_app
from callcentre.exchange.commands import app as settings_app
from callcentre.exchange.commands import user_name
from callcentre.installation import Installation, open_installation
from callcentre.interrupt import Interrupted, no_orphans
from callcentre.reconciling import app as payments_app
from callcentre.rehearsal import app as rehearsal_app

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)
prompts_app = typer.Typer(no_args_is_help=True, help="What callers hear: build it, check it, print the studio's list.")
app.add_typer(prompts_app, name="prompts")
app.add_typer(data_app, name="data")
app.add_typer(settings_app, name="settings")
app.add_typer(payments_app, name="payments")
app.add_typer(rehearsal_app)
console = Console(soft_wrap=True, highlight=False)
faults = Console(stderr=True, soft_wrap=True, highlight=False)

USAGE_FAULT = 2
FAULT = 1


def say(text: str) -> None:
    console.print(text, markup=False)


@app.command()
def run(
    prepare: Annotated[bool, typer.Option("--prepare", help="Prepare and stop there.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Check everything and stop there.")] = False,
    listen: Annotated[str, typer.Option(metavar="ADDRESS", help="Serve the pages here, as https.")] = "",
) -> None:
    """Prepare this machine and start everything on it."""
    from callcentre import prepare as steps
    from callcentre import run as running

    steps.private_umask()
    installation = open_installation()
    if listen:
        installation = installation.listening_at(listen)
    if check:
        raise typer.Exit(_check(installation))
    installation.make_folders()
    if prepare:
        with no_orphans():
            steps.prepare(installation, say)
        return
    with running.only_one(installation):
        running.check_start(installation)
        with no_orphans():
            steps.prepare(installation, say)
        running.run(installation, say)


@app.command()
def check() -> None:
    """Check settings, private tree, database, Redis, AMI, dialplan, prompts, disk and ports.

    Exit status 1 when something is wrong, else 0. What does not run is not checked and is no fault.
    """
    raise typer.Exit(_check(open_installation()))


def _check(installation: Installation) -> int:
    from callcentre.health import Verdict, check_all

    logs.be_quiet()
    status = 0
    for finding in check_all(installation):
        say(f"{finding.verdict.value:<5}  {finding.what}: {finding.text}")
        status = FAULT if finding.verdict is Verdict.FAULT else status
    return status


def _process(name: str) -> Installation:
    from callcentre.prepare import private_umask

    private_umask()
    logs.set_up(name)
    return open_installation()


@app.command()
def voice() -> None:
    """The voice of this node: sentences that are not known beforehand."""
    from callcentre import wiring

    wiring.serve_voice(_process("voice"))


Number = Annotated[int, typer.Option(min=1, help="Which of several on this machine.")]


@app.command()
def ivr(number: Number = 1) -> None:
    """The self-service by touch tones (FastAGI); the second and further ones listen at `ivr.spare_ports`."""
    from callcentre import self_service
    from callcentre.run import numbered

    name = numbered("ivr", number)
    self_service.serve_ivr(_process(name), name)


@app.command()
def acd(number: Number = 1) -> None:
    """The distribution: one active, others stand by."""
    from callcentre import wiring
    from callcentre.run import numbered

    name = numbered("acd", number)
    wiring.serve_acd(_process(name), name)


@app.command()
def desktop() -> None:
    """The workplaces in the browser."""
    from callcentre import wiring

    wiring.serve_desktop(_process("desktop"))


@app.command()
def monitor() -> None:
    """The SLA monitor: figures, forecasts, alerts (several may run, one leads)."""
    from callcentre import monitoring

    monitoring.serve_monitor(_process("monitor"))


@app.command()
def notices() -> None:
    """Sends SMS and e-mails to customers (several may run)."""
    from callcentre import noticing

    noticing.serve_notices(_process("notices"))


@app.command()
def acquirer() -> None:
    """The sandbox acquirer: test cards, on loopback, for the demo."""
    from callcentre import sandbox

    sandbox.serve_acquirer(_process("acquirer"))


@app.command()
def drain(
    name: Annotated[str, typer.Argument(help="acd, acd-2, ivr, desktop (of another machine: NODE/acd), or a node.")],
    limit: Annotated[float, typer.Option(min=0, max=86400, help="Seconds that what goes on may still take.")] = 300.0,
    force: Annotated[bool, typer.Option("--force", help="Even when it is the last of its kind.")] = False,
) -> None:
    """Take a process or an Asterisk node out for an upgrade without losing a call.

    Exit status 1 when something was still going on at the limit.
    """
    from callcentre.drain import drain as take_out

    logs.be_quiet()
    if not take_out(open_installation(), name, limit, f"cli:{user_name()}", force=force, say=say):
        raise typer.Exit(FAULT)


@app.command()
def undrain(name: Annotated[str, typer.Argument(help="What was drained.")]) -> None:
    """Let it serve again."""
    from callcentre.drain import undrain as let_in

    logs.be_quiet()
    let_in(open_installation(), name, say)


@app.command()
def queues() -> None:
    """Every queue: open or closed now, who waits for how long, how many agents are ready."""
    from callcentre.queue_list import queue_lines

    logs.be_quiet()
    for line in queue_lines(open_installation()):
        say(line)


@app.command()
def bundle() -> None:
    """Bundle the JavaScript of the pages."""
    from agent_desktop import bundle as pages

    with no_orphans():
        pages.build(progress=say)


@app.command("demo-data")
def demo_data(
    customers: Annotated[int, typer.Option(min=10, max=10_000_000)] = 1000,
    seed: Annotated[int, typer.Option()] = 1,
) -> None:
    """Fill an empty database with the demo's customers and users."""
    from callcentre import prepare as steps

    steps.private_umask()
    installation = open_installation()
    installation.make_folders()
    with no_orphans():
        steps.migrate_database(installation)
        steps.load_demo(installation, customers, seed, say)


@app.command("sign-ins")
def sign_ins() -> None:
    """Print the demo's sign-ins and passwords."""
    from callcentre import prepare as steps

    for login, password in steps.sign_ins(open_installation().keys).items():
        say(f"{login:<12} {password}")


@app.command()
def password(login: Annotated[str, typer.Argument(help="Whose; known by the settings.")]) -> None:
    """Set a user's password. It is asked for twice, or read as one line when the input is no terminal.

    A lock of the login and every living sign-in of the user end.
    """
    from callcentre.password import new_password, set_password

    set_password(open_installation(), login, new_password(login), f"cli:{user_name()}")
    say(f"{login} has a new password; whoever was signed in as {login} has to sign in again.")


@prompts_app.command("build")
def prompts_build() -> None:
    """Render every prompt that is known beforehand."""
    from callcentre import prepare as steps

    steps.private_umask()
    installation = open_installation()
    installation.make_folders()
    with no_orphans():
        steps.prompts(installation, say)
    say(f"The prompts are in {installation.places.prompts}.")


@prompts_app.command("check")
def prompts_check() -> None:
    """Say what is missing, no longer matches its text, or does not sound as it should."""
    from prompts.build import missing
    from prompts.heard import unheard

    built = open_installation().places.prompts
    found = missing(built) or unheard(built)
    for fault in found:
        faults.print(fault, markup=False)
    raise typer.Exit(FAULT if found else 0)


@prompts_app.command("seal")
def prompts_seal(recording: Annotated[Path, typer.Argument(exists=True, dir_okay=False)]) -> None:
    """Note which text a studio recording was made of; a changed text then fails the build."""
    from prompts.catalogue import load_catalogue
    from prompts.studio import seal

    say(f"Sealed: {seal(load_catalogue(), recording)}")


@prompts_app.command("script")
def prompts_script(to: Annotated[Path | None, typer.Option(help="A file instead of the screen.")] = None) -> None:
    """The reading list for the studio."""
    from prompts.catalogue import load_catalogue
    from prompts.studio import script

    text = script(load_catalogue())
    if to is None:
        say(text)
    else:
        to.write_text(text, "utf-8")


def main() -> None:
    """The console script: a fault becomes its message and exit status 1, never a stack trace."""
    try:
        app()
    except Interrupted as signal:
        faults.print("Stopped.", markup=False)
        raise SystemExit(signal.status) from None
    except Exception as error:  # noqa: BLE001 - the last place: what comes here ends the process anyway
        from callcentre.mendable import kindly

        faults.print(kindly(error), markup=False)
        raise SystemExit(FAULT) from None


if __name__ == "__main__":
    main()
