"""Accounts: people, how they sign in, and the API tokens of their programs.

Words: a *person* signs in with mail and password; a *sign-in* is one browser's session; a *token* is a program's key.
Always true: secrets are stored as hashes; a sign-in or token that was ended is refused at the next request, everywhere;
no answer tells whether a mail address is known.
"""

from flask import Flask

from marketplace.core import access
from marketplace.core.i18n import lazy_gettext as _l


def register(app: Flask) -> None:
    from marketplace.accounts import api, cli, sessions, views

    access.declare("accounts.self", _l("Manage your own account"), person=True)
    access.declare("accounts.me", _l("See who one is and what one may do"), person=True)
    app.config["SIGN_IN_ENDPOINT"] = "accounts.sign_in"
    sessions.register(app)
    views.register(app)
    api.register(app)
    cli.register(app)
