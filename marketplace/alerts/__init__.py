"""Alerts: saved searches and notices of new matches, at once, once a day, or never."""

from flask import Flask


def register(app: Flask) -> None:
    """Connect the domain to the application."""
