"""The story of a thread as JSON; `timeline` gathers it, `telling` knows the thread's own part of it."""

from flask import Flask


def register(app: Flask) -> None:
    from marketplace.negotiations.story import api

    api.register(app)
