"""Commands: create fairs, appoint their staff, list them."""

from flask import Flask
from flask.cli import AppGroup

group = AppGroup("fairs", help="Fairs and their staff.")


def register(app: Flask) -> None:
    app.cli.add_command(group)
