"""Scheduling: the wishes of a fair to meet, and the plan that serves most of them."""

from flask import Flask


def register(app: Flask) -> None:
    """Nothing is registered yet."""
