"""Home: the front page for strangers, each person's day page, the API's description, and whether the house is well.

Words: a *tile* is a number that is somebody's work, linked to the list it counts; *healthy* means this process answers,
*ready* means that its database does too.
Always true: a tile is shown to those only who may open its list; health and metrics tell nothing of anybody's data.
"""

from flask import Flask


def register(app: Flask) -> None:
    from marketplace.home import health, views

    views.register(app)
    health.register(app)
