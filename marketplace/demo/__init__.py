"""The sample fairs of an installation: invented organisations, listings and contracts, made from a fixed seed.

Words live in ``lexicon/``, one block per topic of a WIPO field, each word in English and Chinese. ``plan.generate``
combines them; nothing in the generator knows a database, a request or a clock, and one seed always gives one plan.
"""

from flask import Flask


def register(app: Flask) -> None:
    """The command that loads the sample fairs attaches itself here."""
