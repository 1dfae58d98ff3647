"""`flask figures freeze`, `flask figures show`, `flask figures verify`."""

from dataclasses import asdict

import click
from flask import Flask
from flask.cli import AppGroup

from marketplace.core.commands import answer, command
from marketplace.core.db import snapshot
from marketplace.core.errors import DomainError
from marketplace.fairs import queries as fairs
from marketplace.figures import checking, freezing, queries
from marketplace.figures.models import AXES, Figure
from marketplace.figures.rules import read_code
from marketplace.figures.schemas import figure_out, row_out
from marketplace.ledger import queries as ledger

group = AppGroup("figures", help="Published totals.")


def named(code: str) -> Figure:
    """Raises ClickException."""
    proper = read_code(code)
    if proper is None:
        raise click.ClickException(f"{code} is no code of a figure: one of its characters is wrong.")
    try:
        return queries.by_code(proper)
    except DomainError as error:
        raise click.ClickException(f"There is no figure {proper}.") from error


@group.command("freeze")
@click.option("--fair", "slug", required=True)
@click.option("--scope", "code", default=None, help="Code of a scope; the headline scope by default.")
@click.option("--cell", nargs=2, type=(click.Choice(AXES), str), default=None, help="Axis and code of one cell, such as: field new_materials")
@click.option("--seq", type=click.IntRange(0), default=None, help="As of this number of the public view; the last by default.")
@click.option("--json", "as_json", is_flag=True)
def freeze(slug: str, code: str | None, cell: tuple[str, str] | None, seq: int | None, as_json: bool) -> None:
    """Publish the public total of a fair; what was published already is given back."""
    axis, key = cell or ("", "")
    with command():
        fair = fairs.by_slug(slug)
        figure, new = freezing.freeze(fair, ledger.scope(fair.id, code), axis=axis, key=key, seq=seq, by=None)
        found = row_out(figure, None) | {"new": new}
    if as_json:
        answer(found, as_json=True)
        return
    click.echo(f"{found['code']}: {found['press']['en']}\n{found['press']['zh']}\nsha256 {found['sha256']}")
    if not new:
        click.echo("This was published before.")


@group.command("show")
@click.argument("code")
@click.option("--json", "as_json", is_flag=True)
@click.option("--lines", is_flag=True, help="Every contract behind it, confidential ones too.")
def show(code: str, as_json: bool, lines: bool) -> None:
    """A published figure."""
    figure = named(code)
    note = queries.withdrawals([figure.id]).get(figure.id)
    found = figure_out(figure, note) | ({"lines": figure.lines} if lines else {})
    if as_json:
        answer(found, as_json=True)
        return
    click.echo(f"{found['code']}: {found['press']['en']}\n{found['press']['zh']}\nsha256 {found['sha256']}")
    if note is not None:
        click.echo(f"withdrawn {note.withdrawn_at:%Y-%m-%d %H:%M} UTC: {note.reason}")
    for line in figure.lines if lines else []:
        click.echo(f"{line['reference']}  {line['base_total_minor']}  {'open' if line['open'] else 'confidential'}")


@group.command("verify")
@click.argument("code", required=False)
@click.option("--json", "as_json", is_flag=True)
def verify(code: str | None, as_json: bool) -> None:
    """Rebuild figures (all, and all closed days, unless one is named) from the ledger and compare every number and hash.

    Ends with status 1 when something differs.
    """
    snapshot()
    figures = [named(code)] if code else queries.everything()
    found = [fault for figure in figures for fault in checking.faults(figure)]
    closes = [] if code else queries.closes_in_order()
    for before, close in closes:
        found += checking.day_faults(close, before)
    if as_json:
        answer({"figures": len(figures), "days": len(closes), "faults": [asdict(fault) for fault in found]}, as_json=True)
    else:
        for fault in found:
            click.echo(f"{fault.what}: {fault.code} at {fault.where}: {fault.detail}")
        click.echo(f"{len(figures)} figures and {len(closes)} closed days were rebuilt: {len(found)} differences.")
    if found:
        raise click.exceptions.Exit(1)


def register(app: Flask) -> None:
    app.cli.add_command(group)
