"""`flask demo …`: the sample fairs, and who can sign in to them."""

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from marketplace.core.commands import answer, command
from marketplace.core.db import end_reading
from marketplace.demo import loading, people
from marketplace.demo.plan import generate
from marketplace.listings import indexing
from marketplace.matching import rematching

group = AppGroup("demo", help="The sample fairs: invented data, never for production.")
SEED = 2020
SMALL = loading.Part(achievements=200, needs=40, organizations=40)


def _bar(label: str, items: Sequence[Any]) -> Iterator[Any]:
    with click.progressbar(items, label=f"{label:24}", file=sys.stderr) as bar:
        yield from bar


def _silent(_label: str, items: Sequence[Any]) -> Sequence[Any]:
    return items


def _refuse_in_production() -> None:
    if current_app.config["SETTINGS"].production:
        raise click.ClickException("The sample has people with known passwords: it is not for production.")


@group.command("load")
@click.option("--small", is_flag=True, help="Only part of the listings of the closed fair.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def load(*, small: bool, as_json: bool) -> None:
    """Load the closed fair of 2020 and one that is open today; safe to repeat, and to interrupt at any moment."""
    _refuse_in_production()
    began = time.monotonic()
    with command():
        known = loading.is_loaded()
        if known:
            loading.keep_open()
    counts = None if known else _load(SMALL if small else loading.WHOLE, quiet=as_json)
    if known:
        indexing.drain()  # an earlier run may have ended before it built the index, or matched the needs
        rematching.drain()
    seconds = round(time.monotonic() - began, 1)
    if as_json:
        answer({"loaded": not known, "seconds": seconds, "counts": counts, "sign_ins": _sign_ins()}, as_json=True)
        return
    if counts is None:
        click.echo("The sample fairs are loaded already.")
    else:
        click.echo(f"Loaded in {seconds} s: {', '.join(f'{count:,} {name}' for name, count in counts.items())}.")
    _print_sign_ins()


def _load(part: loading.Part, *, quiet: bool) -> dict[str, int]:
    """The plan is made before the transaction begins, the index built after its end: neither holds a lock."""
    progress = _silent if quiet else _bar
    if not quiet:
        click.echo("Writing the sample …", err=True)
    plan = generate(SEED, loading.day_of_loading())
    with command():
        loaded = loading.load(plan, folder=Path(current_app.config["SETTINGS"].upload_dir) / "evidence", progress=progress, part=part)
        counts = asdict(loaded)
    length = counts["achievements"] + counts["needs"]
    with click.progressbar(length=length, label=f"{'Text index':24}", file=sys.stderr, hidden=quiet) as bar:
        indexing.rebuild(step=bar.update)
    with click.progressbar(length=counts["needs"], label=f"{'Matches':24}", file=sys.stderr, hidden=quiet) as bar:
        bar.update(rematching.drain())
    return counts


@group.command("sign-ins")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def sign_ins(*, as_json: bool) -> None:
    """Who can sign in to the sample."""
    found = _sign_ins()
    end_reading()
    if not found:
        raise click.ClickException("The sample is not loaded.")
    if as_json:
        answer(found, as_json=True)
    else:
        _print_sign_ins()


def _sign_ins() -> list[dict[str, str]]:
    return [{"who": str(who), "email": email, "password": password} for who, email, password in people.hints()]


def _print_sign_ins() -> None:
    click.echo("\nSample sign-ins:")
    for row in _sign_ins():
        click.echo(f"  {row['who']:24} {row['email']:26} {row['password']}")


def register(app: Flask) -> None:
    app.cli.add_command(group)
