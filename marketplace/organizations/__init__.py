"""Organisations: agencies, companies, institutes and organisers, and the people who act for them.

Words: an organisation is *registered* by a person, who becomes its *owner*, and *approved* by a fair's manager; owners
*invite* members (owner, editor, reader) and *end* a membership at once. A person acts for one organisation at a time.
Always true: no two organisations share a folded name; members never stay without an owner; a right that was taken
away is gone at the next request. A *mandate* lets an agency act for its *principal* up to a day; nobody acts on both sides of one deal.
A duplicate is *merged* into the organisation that it is: its address leads there, what was frozen keeps its name.
"""

from flask import Flask

from marketplace.core import access, layout
from marketplace.core.i18n import lazy_gettext as _l


def _acts_for_none() -> bool:
    actor = access.current_actor_or_none()
    return actor is not None and not actor.memberships and not actor.staff and not actor.admin


def register(app: Flask) -> None:
    from marketplace.organizations import api, cli, erasing, grants, merging, views  # noqa: F401

    merging.register()
    access.declare("organizations.register", _l("Register an organisation"), person=True)
    access.declare("organizations.read", _l("See one's own organisation"), members=("owner", "editor", "reader"), pending=True)
    access.declare("organizations.manage", _l("Manage members and profile"), members=("owner",), pending=True)
    access.declare("organizations.mandate", _l("Give and take mandates"), members=("owner",))
    access.declare("organizations.number", _l("Add and remove registration numbers"), members=("owner",), staff=("manager",), admin=True, pending=True)
    access.declare("organizations.verify", _l("Verify organisations"), staff=("manager",), admin=True)
    access.declare("organizations.merge", _l("Merge duplicate organisations"), admin=True)
    access.declare("organizations.import", _l("Take in lists of organisations"), admin=True)
    access.declare("organizations.approve", _l("Approve organisations"), staff=("manager",), admin=True)
    if grants.load not in access.grant_loaders:
        access.grant_loaders.append(grants.load)
    layout.navigation(_l("Organisations to approve"), "organizations.queue", "organizations.approve", 50)
    layout.navigation(_l("Possible duplicate organisations"), "organizations.alike", "organizations.verify", 51)
    layout.navigation(_l("My organisation"), "organizations.own", "organizations.read", 60)
    layout.navigation(_l("Register an organisation"), "organizations.register_organization", "organizations.register", 61, when=_acts_for_none)
    layout.navigation(_l("Organisations"), "organizations.directory", access.PUBLIC, 130)
    views.register(app)
    api.register(app)
    cli.register(app)
