"""How agreements and reads are called in front of people, and what disclosure adds to the pages of listings and threads."""

from collections.abc import Iterable
from typing import Any

from flask import url_for
from markupsafe import Markup

from marketplace.core.access import Actor
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.layout import part
from marketplace.disclosure import queries, rules
from marketplace.disclosure.models import Agreement, State, Template
from marketplace.listings import events, wording
from marketplace.listings.audiences import UPPER
from marketplace.listings.levels import ORDER, Level
from marketplace.negotiations.queries import Thread

READERS = {
    Level.PUBLIC: _l("everybody"), Level.REGISTERED: _l("registered visitors"), Level.AFTER_INTEREST: _l("a partner whose interest was accepted"),
    Level.AFTER_NDA: _l("a partner under an agreement of secrecy"),
}  # fmt: skip
SEEN_AS = ORDER[:-1]
STATES = {State.PROPOSED: _l("proposed, not agreed yet"), State.IN_FORCE: _l("in force"), State.WITHDRAWN: _l("withdrawn"), State.ENDED: _l("ended")}
CHIPS = {State.PROPOSED: "submitted", State.IN_FORCE: "published", State.WITHDRAWN: "withdrawn", State.ENDED: "void"}
TEMPLATES = {
    Template.MUTUAL: _l("both sides disclose"), Template.PROVIDER: _l("the provider discloses"), Template.RECIPIENT: _l("the recipient discloses"),
}  # fmt: skip


def groups_in_words(groups: Iterable[str]) -> str:
    """Groups of fields as a reader knows them."""
    known = wording.groups()
    return ", ".join(str(known.get(group) or gettext("list of files")) for group in groups)


def standing(agreement: Agreement, at: Any) -> State:
    return rules.standing(agreement, at)


def panel(listing: dict[str, Any], actor: Actor | None) -> Markup | None:
    """On a listing's page, for a partner: that more than the public part stands here, and the way to the data room."""
    if actor is None or listing.get("audience") not in UPPER:
        return None
    return part("disclosure/_partner.html", listing=listing, nda=listing["audience"] is Level.AFTER_NDA)


def offered_step(listing: dict[str, Any], actor: Actor | None) -> events.Action | None:
    """On the page of one's own listing: who reads what, and how others see it."""
    if actor is None or listing["organization_id"] != actor.organization_id or not actor.may("listings.read_own"):
        return None
    return _l("Who reads what"), url_for("disclosure.access", listing_id=listing["id"])


def of_thread(thread: Thread, actor: Actor) -> Markup | None:
    """On the page of a thread that talks: its agreements of secrecy, the data rooms, and the way to propose one."""
    if thread.negotiation.stage not in rules.TALKING:
        return None
    found = queries.of_thread(thread.negotiation.id, by=actor)
    states = {row.id: rules.standing(row, thread.at) for row in found}
    return part(
        "disclosure/_thread.html", thread=thread, agreements=found, states=states, labels=STATES, chips=CHIPS, templates=TEMPLATES,
        may_propose=actor.may("negotiations.write") and not any(state in (State.PROPOSED, State.IN_FORCE) for state in states.values()),
    )  # fmt: skip
