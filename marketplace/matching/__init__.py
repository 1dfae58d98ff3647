"""Which achievements fit a need, which needs fit an achievement, and why.

A *match* is a need and an achievement that pass the hard gates (maturity, kinds of deal, countries, budget against
price), with a score and its reasons: the terms that both share, and one line for each condition.

Always true: what is unknown fails no gate and is shown as unknown; the score of a listing does not depend on the gates
nor on listings of the other kind; within one state of the index the order is the same for everyone.
"""

from flask import Flask


def register(app: Flask) -> None:
    """Connect the domain to the application."""
