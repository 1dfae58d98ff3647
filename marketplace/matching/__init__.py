"""Which achievements fit a need, which needs fit an achievement, and why; and the catalogue's search.

A *match* is a need and an achievement that pass the hard gates (maturity, kinds of deal, countries, budget against
price), with a score and its reasons. The *index* is a copy of the published listings, cut into tokens; a *generation*
is one whole index between two rebuilds; *seq* is the number of the last change of a listing that it holds.

Always true: what is unknown fails no gate and is shown as unknown; the score of a listing does not depend on the gates
nor on listings of the other kind; within one generation and `seq` the order is the same for everyone; the index holds
only what its caller handed over as public and can be thrown away and built again from the database.
"""

from flask import Flask


def register(app: Flask) -> None:
    """Connect the domain to the application."""
