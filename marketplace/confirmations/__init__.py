"""Confirmations: what each side of a contract says of it, by one-time link or signed in, and the public check of a verified one.

Words: both sides are *asked*; each *confirms* seven facts (title, parties, kind, total, technology amount, currency, day of
signing) or *corrects* some. A *mismatch* is an answer that differs from what the desk logged; it is *settled*, never deleted.
Always true: an answer names the hash of the content that was shown; a changed content asks again; a contract with an open
mismatch is not verified; `/verify/<code>` shows what both sides allowed, and nothing else.
"""

from flask import Flask

from marketplace.core import access
from marketplace.core.i18n import lazy_gettext as _l


def register(app: Flask) -> None:
    access.declare("confirmations.answer", _l("Confirm one's own contracts"), members=("owner", "editor"))
    access.declare("confirmations.ask", _l("Ask both sides to confirm"), staff=("clerk",))
    access.declare("confirmations.settle", _l("Settle mismatches"), staff=("clerk", "verifier"))
