"""Under construction by its owner."""

from flask import Flask


def register(app: Flask) -> None:
    """Nothing yet."""
