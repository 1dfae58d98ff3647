"""Pages of fairs: the public list, and the settings, segments and staff of each."""

from flask import Blueprint, Flask

blp = Blueprint("fairs", __name__)


def register(app: Flask) -> None:
    app.register_blueprint(blp)
