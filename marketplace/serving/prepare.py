"""`python -m marketplace.serving.prepare`: bring the database up to date and fill it with what a first start shows."""

import argparse
import sys

import click
from flask import Flask
from flask.cli import ScriptInfo
from sqlalchemy import select

from config import BadSettings, Config
from marketplace import create_app
from marketplace.accounts.models import Person
from marketplace.core.db import db
from marketplace.fairs.models import Fair

ADMINISTRATOR = "admin@example.org"


def run_command(app: Flask, *words: str) -> None:
    """One of the product's own commands, as `flask …` runs it. Raises click.ClickException when it refuses."""
    app.cli.main(args=list(words), prog_name="flask", obj=ScriptInfo(create_app=lambda: app), standalone_mode=False)


def start_empty(app: Flask) -> None:
    """Make the platform administrator of a new instance and print the password, this once."""
    with app.app_context():
        administrator = db.session.scalar(select(Person.email).where(Person.admin).limit(1))
        samples = db.session.scalar(select(Fair.slug).where(Fair.sample).limit(1))
    if samples:
        click.echo("The sample fairs loaded earlier stay; remove the instance folder to begin empty.")
    if administrator:
        click.echo(f"Platform administrator: {administrator}")
        return
    click.echo("A new instance. Its platform administrator, with a password that is shown only now:")
    run_command(app, "accounts", "create", "--name", "Administrator", "--email", ADMINISTRATOR, "--admin")


def main() -> int:
    """1 when the settings do not work or a step refuses."""
    parser = argparse.ArgumentParser(prog="python -m marketplace.serving.prepare", description=__doc__)
    parser.add_argument("--empty", action="store_true", help="no sample fairs, but a platform administrator")
    options = parser.parse_args()
    try:
        app = create_app(Config.from_env())
        run_command(app, "db", "upgrade")
        if options.empty:
            start_empty(app)
        else:
            run_command(app, "demo", "load")
    except BadSettings as error:
        print(f"The settings do not work:\n{error}", file=sys.stderr)
        return 1
    except click.ClickException as error:
        error.show()
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
