"""Registering, approving and editing organisations; choosing the one that a person acts for."""

from marketplace.accounts import service as accounts
from marketplace.core.access import Actor
from marketplace.core.errors import NotFound


def switch(slug: str, *, by: Actor) -> None:
    """Act for this organisation from the next request on. Raises NotFound unless the person belongs to it."""
    chosen = next((membership for membership in by.memberships if membership.slug == slug), None)
    if chosen is None:
        raise NotFound()
    accounts.act_for(chosen.id, by=by)
