"""Coverage: whom nobody is talking to, and partners that fair staff propose by hand to both sides."""

from flask import Flask


def register(app: Flask) -> None:
    """Connect the domain to the application."""
