"""Commands: create organisations, add members, list them."""

from flask import Flask
from flask.cli import AppGroup

group = AppGroup("organizations", help="Organisations and their members.")


def register(app: Flask) -> None:
    app.cli.add_command(group)
