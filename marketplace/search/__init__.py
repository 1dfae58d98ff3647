"""The text index: listings as documents, cut into terms, found again by words and codes. It knows no database.

A *document* is what any visitor may see of one listing. A *generation* is one whole index between two rebuilds; *seq* is
the number of the last change of a listing that it holds. One process writes at a time, every process reads.
Always true: the index holds only what its caller handed over as public; it can be thrown away and built again from the
database; nothing here touches it while modules are imported or the application is made, because the engine does not
survive a fork.
"""

from flask import Flask


def register(app: Flask) -> None:
    """Nothing to connect: listings feed the index, and read it."""
