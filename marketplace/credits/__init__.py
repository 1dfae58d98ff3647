"""Credits: how the agencies of a deal share it, agreed by its parties."""

from flask import Flask


def register(app: Flask) -> None:
    """Nothing is registered yet."""
