"""Organisations: agencies, companies, institutes and organisers, and the people who act for them.

Words: an organisation is *registered* by a person, who becomes its *owner*, and *approved* by a fair's manager; owners
*invite* members (owner, editor, reader) and *end* a membership at once. A person acts for one organisation at a time.
Always true: no two organisations share a folded name; an approved one has at least one owner; a right that was taken
away is gone at the next request.
"""

from flask import Flask

from marketplace.core import access
from marketplace.core.i18n import lazy_gettext as _l


def register(app: Flask) -> None:
    from marketplace.organizations import api, cli, grants, views

    access.declare("organizations.register", _l("Register an organisation"), person=True)
    access.declare("organizations.read", _l("See one's own organisation"), members=("owner", "editor", "reader"), pending=True)
    access.declare("organizations.manage", _l("Manage members and profile"), members=("owner",), pending=True)
    access.declare("organizations.approve", _l("Approve organisations"), staff=("manager",), admin=True)
    access.grant_loaders.append(grants.load)
    views.register(app)
    api.register(app)
    cli.register(app)
