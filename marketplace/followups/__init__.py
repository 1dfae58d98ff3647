"""Follow-ups: what became of each intent 30, 90 and 180 days later, by the word of both sides.

Words: a *follow-up* of an intent is *due* on a day and *answered* by each side: signed, still talking, or dropped with a reason.
Always true: an answer is never changed, a later one stands beside it; a conversion is counted where a contract names its intent
or both sides say *signed*, and the curve says which.
"""

from flask import Flask

from marketplace.core import access
from marketplace.core.i18n import lazy_gettext as _l


def register(app: Flask) -> None:
    access.declare("followups.read", _l("See what became of intents"), staff=("manager", "clerk", "verifier"))
    access.declare("followups.answer", _l("Say what became of one's own intents"), members=("owner", "editor"))
