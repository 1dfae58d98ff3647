"""The public part in the forms that portals and search engines already read.
"""

from flask import Flask


def register(app: Flask) -> None:
    """Nothing yet to attach."""
