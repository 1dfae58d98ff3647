"""Organisations as JSON."""

from flask import Flask

from marketplace.core.api import Blueprint

blp = Blueprint("organizations", description="Agencies, companies, institutes and organisers, and their members.")


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
