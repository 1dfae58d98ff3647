"""Commands of the house itself: who may call what, the workers, and the folders a new machine needs."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from sqlalchemy.engine import make_url

from marketplace.core.access import PERMISSIONS, PUBLIC
from marketplace.core.db import transaction
from marketplace.core.errors import DomainError


@contextmanager
def command() -> Iterator[None]:
    """One transaction around what a command does; a refusal ends it with its sentence and its wrong fields, status 1."""
    try:
        with transaction():
            yield
    except DomainError as error:
        fields = [f"\n  {found.pointer.strip('/')}: {found.detail}" for found in error.errors]
        raise click.ClickException(str(error.detail) + "".join(fields)) from error


def answer(facts: Any, *, as_json: bool) -> None:
    """Print what a command found: JSON for machines, `name: value` lines for people."""
    if as_json:
        click.echo(json.dumps(facts, default=str, ensure_ascii=False))
        return
    for row in facts if isinstance(facts, list) else [facts]:
        shown = {name: value for name, value in row.items() if value not in (None, False)}
        click.echo("\n".join(f"{name}: {value}" for name, value in shown.items()))


def make_folders(app: Flask) -> None:
    """The instance folders, readable by the owner only."""
    settings = app.config["SETTINGS"]
    url = make_url(app.config["SQLALCHEMY_DATABASE_URI"])
    folders = [settings.index_dir, settings.upload_dir]
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        folders.append(Path(url.database).parent)
    for folder in folders:
        Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)


def routes() -> list[dict[str, str]]:
    """Every route: method, address, permission, who has it."""
    rows = []
    for rule in current_app.url_map.iter_rules():
        code = current_app.view_functions[rule.endpoint].access.permission  # type: ignore[union-attr]
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            rows.append({"method": method, "path": rule.rule, "permission": code, "who": who(code)})
    return sorted(rows, key=lambda row: (row["path"], row["method"]))


def who(code: str) -> str:
    if code == PUBLIC:
        return "anyone"
    permission = PERMISSIONS[code]
    parts = [f"member: {', '.join(sorted(permission.members))}"] if permission.members else []
    parts += [f"fair staff: {', '.join(sorted(permission.staff))}"] if permission.staff else []
    parts += ["platform administrator"] if permission.admin else []
    parts += ["anyone signed in"] if permission.person else []
    return "; ".join(parts) or "nobody"


@click.command("access")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show_access(as_json: bool) -> None:
    """Every route, its method and who may call it."""
    rows = routes()
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    for row in rows:
        click.echo(f"{row['method']:6} {row['path']:60} {row['permission']:28} {row['who']}")


@click.command("worker", context_settings={"ignore_unknown_options": True})
@click.argument("celery_options", nargs=-1, type=click.UNPROCESSED)
def worker(celery_options: tuple[str, ...]) -> None:
    """Work on the outbox: a Celery worker with its clock. Needs BROKER_URL; start any number on any machine."""
    if current_app.config["SETTINGS"].broker_url is None:
        raise click.ClickException("BROKER_URL is not set: without a broker the web processes do the jobs themselves.")
    celery = current_app.extensions["celery"]
    celery.worker_main(["worker", "--beat", "--scheduler", "celery.beat:Scheduler", "--loglevel", "INFO", *celery_options])


def register(app: Flask) -> None:
    make_folders(app)
    app.cli.add_command(show_access)
    app.cli.add_command(worker)


