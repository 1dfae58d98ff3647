"""Agenda: everybody's schedule over pitches and meetings, on pages, on paper and as a calendar."""

from flask import Flask


def register(app: Flask) -> None:
    """Nothing is registered yet."""
