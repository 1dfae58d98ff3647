"""Commands: listings in from a file, and out to one."""

import io
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO
from uuid import UUID

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy import select

from marketplace.core.db import db, end_reading, transaction
from marketplace.core.errors import DomainError
from marketplace.core.jobs import TASKS
from marketplace.core.sheets.sending import moment_in_words
from marketplace.fairs import queries as fairs
from marketplace.fairs.models import Fair
from marketplace.imports import columns, exporting, tasks, translating, working
from marketplace.imports.importing import CHOICES, KEEP, Fault, Import, Report
from marketplace.imports.reading import inspect
from marketplace.listings.models import Kind
from marketplace.organizations.models import Organization

group = AppGroup("listings", help="Achievements and needs, in from files and out to files.")
KINDS = click.Choice([kind.value for kind in Kind])


class _TriedOnly(Exception):
    """Rolls a dry run back."""


@group.command("import")
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", type=KINDS, required=True)
@click.option("--organization", "slug", required=True, help="Slug of the organisation that will own them.")
@click.option("--fair", "fair_slug", help="Slug of the fair to enter them in; with --publish the current one unless given.")
@click.option("--publish", is_flag=True, help="Publish at once, without moderation and without what is asked at submission.")
@click.option("--sheet", help="Name of a workbook's sheet; the first one unless given.")
@click.option("--map", "mapping", multiple=True, metavar="COLUMN=FIELD", help="What a column is that is not known by its name; FIELD empty leaves it out.")
@click.option("--duplicates", type=click.Choice(CHOICES), default=KEEP, show_default=True, help="What to do with rows that may be duplicates.")
@click.option("--all-or-nothing", is_flag=True, help="Store nothing while a row is wrong.")
@click.option("--dry-run", is_flag=True, help="Do everything, then undo it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def import_file(
    path: Path, kind: str, slug: str, fair_slug: str | None, publish: bool, sheet: str | None, mapping: tuple[str, ...], duplicates: str,
    all_or_nothing: bool, dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """Import FILE (CSV, XLSX or JSON lines, the texts also gzipped). Valid rows are stored, bad rows reported; exit code 1 when there are any.

    Safe to repeat: a row is known by its external id. docs/import.md describes the columns.
    """
    began = time.monotonic()
    unknown: set[str] = set()
    try:
        run = Import(Kind(kind), _organization(slug), fair=_fair(fair_slug, publish), publish=publish, by=None, otherwise=duplicates)
        given = _mapping(mapping, Kind(kind))
        with translating.rows(path, Kind(kind), unknown=unknown, source=inspect(path), mapping=given, sheet=sheet) as rows, _progress(as_json=as_json) as step:
            run.take(rows, step=step)
        end_reading()
        with transaction():
            if run.checked.rejected and all_or_nothing:
                report = Report(rows=run.checked.rows, rejected=run.checked.rejected, left_out=run.checked.good, faults=run.faults)
            else:
                if not as_json:
                    click.echo("Storing …", err=True)
                report = run.finish()
            if dry_run:
                raise _TriedOnly
    except _TriedOnly:
        pass
    except DomainError as error:
        raise click.ClickException(str(error.detail)) from error
    if report.published and not dry_run:
        if not as_json:
            click.echo("Indexing …", err=True)
        TASKS["listings.index"]()
    _print(report, sorted(unknown), as_json=as_json, dry_run=dry_run, seconds=time.monotonic() - began)
    if report.rejected:
        sys.exit(1)


def _mapping(given: tuple[str, ...], kind: Kind) -> dict[str, str | None]:
    found = {column: target.strip() or None for column, _, target in (each.partition("=") for each in given)}
    try:
        return columns.checked(found, kind)
    except ValueError as error:
        raise click.ClickException(f"There is no field {str(error)!r}, or it is named twice.") from error


@contextmanager
def _progress(*, as_json: bool) -> Iterator[Callable[[int], None]]:
    """A line that counts the rows, on a terminal."""
    shown = not as_json and sys.stderr.isatty()
    yield (lambda rows: click.echo(f"\rChecked {rows:,} rows", err=True, nl=False)) if shown else (lambda _rows: None)
    if shown:
        click.echo("", err=True)


def _organization(slug: str) -> Organization:
    found = db.session.scalar(select(Organization).where(Organization.slug == slug))
    if found is None:
        raise click.ClickException(f"There is no organisation {slug!r}.")
    return found


def _fair(slug: str | None, publish: bool) -> Fair | None:
    if slug is not None:
        return fairs.by_slug(slug)
    if not publish:
        return None
    current = fairs.current()
    if current is None:
        raise click.ClickException("There is no current fair: name one with --fair.")
    return current


def _print(report: Report, unknown: list[str], *, as_json: bool, dry_run: bool, seconds: float) -> None:
    if as_json:
        counts = asdict(report) | {"accepted": report.accepted, "skipped": report.skipped, "unknown_columns": unknown, "dry_run": dry_run, "seconds": round(seconds, 2)}
        click.echo(json.dumps(counts, ensure_ascii=False))
        return
    if unknown:
        click.echo(f"Columns left out, because nobody knows them: {', '.join(unknown)}", err=True)
    for fault in report.faults:
        click.echo(f"rejected  {_line(fault)}", err=True)
    for fault in report.notes[:200]:
        click.echo(f"note      {_line(fault)}", err=True)
    if len(report.notes) > 200:
        click.echo(f"note      and {len(report.notes) - 200} more", err=True)
    click.echo(
        f"{'Dry run, nothing stored: ' if dry_run else ''}{report.rows} rows: {report.created} created, {report.updated} updated, "
        f"{report.entered_only} newly entered, {report.unchanged} unchanged, {report.left_out} left out, {report.rejected} rejected; "
        f"{report.published} published, {report.submitted} submitted; {seconds:.1f} s"
    )


def _line(fault: Fault) -> str:
    value = f" {fault.value!r}" if fault.value else ""
    hint = f" Did you mean {fault.suggestion}?" if fault.suggestion else ""
    return f"row {fault.row}, column {fault.column or '–'}{value}: {fault.reason}{hint} [{fault.code}]"


@group.command("export")
@click.option("--kind", type=KINDS, required=True)
@click.option("--fair", "fair_slug", help="Only what this fair shows, in the version it shows.")
@click.option("--organization", "slug", help="Only this organisation's.")
@click.option("--drafts", is_flag=True, help="All listings in their newest version, not only public ones.")
@click.option("--format", "form", type=click.Choice(["jsonl", "csv", "xlsx"]), default="jsonl", show_default=True)
@click.option("--output", "-o", type=click.File("wb"), default="-", help="A file; standard output unless given.")
def export(kind: str, fair_slug: str | None, slug: str | None, drafts: bool, form: str, output: IO[bytes]) -> None:
    """Write listings with the columns of the import. CSV cells are safe to open in a spreadsheet."""
    try:
        fair = fairs.by_slug(fair_slug) if fair_slug else None
    except DomainError as error:
        raise click.ClickException(str(error.detail)) from error
    organization = _organization(slug) if slug else None
    found = exporting.rows(Kind(kind), fair=fair, organization_id=organization.id if organization else None, drafts=drafts)
    if form == "xlsx":
        whole = io.BytesIO()  # a workbook is not written from beginning to end
        written = exporting.write_xlsx(whole, found, Kind(kind), facts=(("Kind", kind), ("Fair", fair_slug or "any"), ("Organisation", slug or "any"), ("Time", moment_in_words("UTC"))))
        output.write(whole.getvalue())
    else:
        out = io.TextIOWrapper(output, encoding="utf-8", newline="")
        written = exporting.write_csv(out, found, Kind(kind)) if form == "csv" else exporting.write_jsonl(out, found)
        out.flush()
        out.detach()
    click.echo(f"{written} listings", err=True)


@group.command("work", hidden=True)
@click.argument("import_id", type=click.UUID)
@click.argument("token", type=click.UUID)
def work(import_id: UUID, token: UUID) -> None:
    """Work on a large file in a process of its own; started by the server."""
    tasks.limit_memory()
    working.run(import_id, token)


def register(app: Flask) -> None:
    app.cli.add_command(group)
