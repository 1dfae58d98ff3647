"""`flask fx load`, `flask ledger total`, `flask ledger rebuild`."""

import json
from datetime import datetime
from typing import TextIO

import click
from flask import Flask
from flask.cli import AppGroup

from marketplace.core.db import snapshot, transaction
from marketplace.core.errors import DomainError
from marketplace.core.money import format_money
from marketplace.fairs import queries as fairs
from marketplace.ledger import queries, rates, scopes
from marketplace.ledger.models import View
from marketplace.ledger.schemas import total_out

fx = AppGroup("fx", help="Exchange rates.")
group = AppGroup("ledger", help="The ledger and the totals that follow from it.")


def refuse(error: DomainError) -> click.ClickException:
    """A refusal as one line a fault."""
    lines = [str(error.detail), *(f"  {e.pointer}: {e.detail} ({e.code})" for e in error.errors)]
    return click.ClickException("\n".join(lines))


@fx.command("load")
@click.argument("file", type=click.File(encoding="utf-8-sig"))
@click.option("--source", default="ECB", show_default=True)
@click.option("--json", "as_json", is_flag=True)
def load(file: TextIO, source: str, as_json: bool) -> None:
    """Load published rates from a CSV with the columns date and EUR_<currency>; crosses in it are left alone."""
    try:
        with transaction():
            loaded = rates.load(file, source=source)
    except DomainError as error:
        raise refuse(error) from error
    if as_json:
        click.echo(json.dumps({"days": loaded.days, "added": loaded.added, "known": loaded.known}))
    else:
        click.echo(f"{loaded.days} days: {loaded.added} rates added, {loaded.known} were there already.")


@group.command("total")
@click.option("--fair", "slug", required=True)
@click.option("--scope", "code", default=None, help="Code of a scope; the headline scope by default.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]), default=None, help="2020-09-20T18:00:00+0800")
@click.option("--as-of-seq", type=click.IntRange(0), default=None)
@click.option("--view", type=click.Choice([view.value for view in View]), default=View.STAFF.value, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def total(slug: str, code: str | None, as_of: datetime | None, as_of_seq: int | None, view: str, as_json: bool) -> None:
    """The total of a scope, now or as of an earlier moment or voucher number."""
    if as_of and as_of_seq is not None:
        raise click.UsageError("Give --as-of or --as-of-seq, not both.")
    try:
        snapshot()
        fair = fairs.by_slug(slug)
        scope = queries.scope(fair.id, code)
        if as_of or as_of_seq is not None:
            found = queries.total_as_of(fair, scope, view=View(view), seq=as_of_seq, moment=as_of)
        else:
            found = queries.total(fair, scope, view=View(view))
    except DomainError as error:
        raise refuse(error) from error
    if as_json:
        click.echo(json.dumps(total_out(found), ensure_ascii=False))
        return
    head = found.headline.amounts
    amount = format_money(head.base_total_minor, found.currency, locale="en")
    click.echo(f"{fair.name_en}: {amount} in {head.count} verified contracts")
    click.echo(f"scope {scope.code} {scope.number} ({scope.name_en}), seq {found.as_of_seq}, as of {found.as_of:%Y-%m-%d %H:%M:%S} UTC, {view} view")


@group.command("rebuild")
@click.option("--fair", "slug", required=True)
def rebuild(slug: str) -> None:
    """Recompute the balances of a fair from its postings."""
    try:
        with transaction():
            count = scopes.rebuild_balances(fairs.by_slug(slug))
    except DomainError as error:
        raise refuse(error) from error
    click.echo(f"The balances of {count} scopes were recomputed.")


def register(app: Flask) -> None:
    app.cli.add_command(fx)
    app.cli.add_command(group)
