"""Listings in from files and out to files, in the same layouts.
"""

from flask import Flask


def register(app: Flask) -> None:
    """Nothing yet to attach."""
