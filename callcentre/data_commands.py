"""`callcentre data`: registers in and out. Whoever may run it reaches the database file or its password anyway."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from customers.registers.columns import Register

if TYPE_CHECKING:
    from callcentre.data_import import Sums
    from callcentre.installation import Installation
    from database.engine import Engine
    from staff.users import AuditEntry

app = typer.Typer(no_args_is_help=True, help="Accounts, charges, tariffs and all other registers: from CSV and to it.")
Kind = Annotated[Register, typer.Argument(metavar="KIND", help=f"One of: {', '.join(Register)}.")]


@app.command("import")
def take_in(
    kind: Kind,
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would become of it; change nothing.")] = False,
    report: Annotated[Path | None, typer.Option(help="For lines not taken in; FILE.report.csv unless given.")] = None,
) -> None:
    """Take a register in; the columns are in docs/data-exchange.md.

    The same file again changes nothing, so one that was interrupted is simply taken in again. Exit status 1 when a
    line was not taken in.
    """
    from callcentre.data_import import Import, ReportFile
    from callcentre.installation import open_installation
    from callcentre.interrupt import no_orphans
    from callcentre.prepare import private_umask
    from calls.zones import zone
    from database.registers import DatabaseRegisters

    private_umask()
    installation = open_installation()
    faults = ReportFile(report or file.with_name(f"{file.name}.report.csv"))
    if faults.path.resolve() == file.resolve():
        raise typer.BadParameter("The report would overwrite the file. Name another.")
    engine = _engine(installation)
    try:
        registers = DatabaseRegisters(engine, installation.settings.supplier.zone)
        run = Import(
            kind,
            zone(installation.settings.supplier.zone),
            lambda lines: registers.put(kind, lines, keep=not dry_run),
            faults,
            lambda told: typer.echo(told, err=True),
        )
        with no_orphans(), file.open("rb") as octets:
            if not dry_run:
                registers.note(_entry("data_import_begun", f"{kind.value} {file.name}"))
            sums = run.take_in(octets)
            if not dry_run:
                registers.note(_entry("data_imported", f"{kind.value} {file.name}: {sums.told()}"))
    finally:
        faults.close()
        engine.dispose()
    _tell(sums, faults.path, dry_run)


@app.command("export")
def give_out(
    kind: Kind,
    file: Annotated[Path, typer.Argument(metavar="FILE", dir_okay=False)],
) -> None:
    """Write a register that `import` reads and a spreadsheet opens: UTF-8, semicolons, decimal commas."""
    from callcentre.data_export import export
    from callcentre.installation import open_installation
    from callcentre.interrupt import no_orphans
    from callcentre.prepare import private_umask
    from calls.zones import zone
    from database.register_export import exported
    from database.registers import DatabaseRegisters

    private_umask()
    installation = open_installation()
    engine = _engine(installation)
    try:
        with no_orphans():
            DatabaseRegisters(engine).note(_entry("data_exported", f"{kind.value} {file.name}"))
            pages = exported(engine, kind, zone(installation.settings.supplier.zone))
            lines = export(file, kind, pages, lambda told: typer.echo(told, err=True))
    finally:
        engine.dispose()
    typer.echo(f"{lines} lines are in {file}.")


def _engine(installation: "Installation") -> "Engine":
    """The database, which must have its tables."""
    from database.engine import LONG_WORK, open_engine
    from database.migrations import current, newest

    engine = open_engine(installation.database_url, LONG_WORK)
    if current(engine) != newest():
        engine.dispose()
        typer.echo("The database is not prepared. Run `callcentre run --prepare` first.", err=True)
        raise typer.Exit(1)
    return engine


def _entry(act: str, subject: str) -> "AuditEntry":
    from callcentre.exchange.commands import user_name
    from calls.clock import AnchoredClock
    from staff.users import AuditEntry

    return AuditEntry(AnchoredClock().now(), f"cli:{user_name()}", act, subject, "")


def _tell(sums: "Sums", report: Path, dry_run: bool) -> None:
    typer.echo(sums.told() + ("; nothing was changed." if dry_run else "."))
    if sums.refused or sums.differing:
        typer.echo(f"What is wrong with them stands in {report}.", err=True)
    if sums.refused:
        raise typer.Exit(1)
