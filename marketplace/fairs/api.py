"""Fairs as JSON."""

from flask import Flask

from marketplace.core.api import Blueprint

blp = Blueprint("fairs", description="Fairs, their segments and their staff.")


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
