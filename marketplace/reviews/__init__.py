"""The review of listings: a fair's moderators decide on what was handed in, with notes beside the fields.
"""

from flask import Flask


def register(app: Flask) -> None:
    """Nothing yet to attach."""
