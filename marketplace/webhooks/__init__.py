"""Outgoing webhooks: what happened to an organisation's own things, told to the addresses it names, signed and tried again.
"""

from flask import Flask


def register(app: Flask) -> None:
    """Nothing yet to attach."""
