"""`flask ledger verify`: everything recomputed from the contracts."""

import json
import sys

import click
from flask import Flask

from marketplace.contracts import checking
from marketplace.core.db import snapshot
from marketplace.core.errors import DomainError
from marketplace.fairs import queries as fairs
from marketplace.ledger.cli import group, refuse


@group.command("verify")
@click.option("--fair", "slug", default=None, help="One fair; all of them by default.")
@click.option("--json", "as_json", is_flag=True)
def verify(slug: str | None, as_json: bool) -> None:
    """Recompute every total from the contracts with queries of its own; exit 1 at the first difference."""
    snapshot()
    try:
        chosen = [fairs.by_slug(slug)] if slug else fairs.everyone()
    except DomainError as error:
        raise refuse(error) from error
    for fair in chosen:
        found = next(checking.differences(fair), None)
        if found is not None:
            line = {"fair": fair.slug, "code": found.code, "where": found.where, "detail": found.detail}
            click.echo(json.dumps(line) if as_json else f"{fair.slug}: {found.code} at {found.where}: {found.detail}", err=not as_json)
            sys.exit(1)
    names = [fair.slug for fair in chosen]
    click.echo(json.dumps({"verified": names}) if as_json else f"Holds: {', '.join(names) or 'no fair yet'}.")


def register(app: Flask) -> None:
    app.cli.add_command(group)
