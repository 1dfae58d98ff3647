"""Disclosure: who may read how much of a listing, under which agreement, and who did.
"""

from flask import Flask


def register(app: Flask) -> None:
    """Nothing yet to attach."""
