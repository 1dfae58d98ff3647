"""What the codes of webhooks are called in the reader's language."""

from marketplace.core.i18n import lazy_gettext as _l
from marketplace.webhooks.models import Event, Off, State

EVENTS = {
    Event.LISTING_PUBLISHED: _l("A listing was published"),
    Event.LISTING_SENT_BACK: _l("A listing was sent back"),
    Event.LISTING_WITHDRAWN: _l("A listing was withdrawn"),
    Event.LISTING_EXPIRED: _l("A listing's last day is over"),
    Event.INTEREST_RECEIVED: _l("An organisation asks to talk"),
    Event.INTEREST_ACCEPTED: _l("An interest was accepted"),
    Event.INTEREST_DECLINED: _l("An interest was declined"),
    Event.NEGOTIATION_ROUND: _l("A round of terms was made"),
    Event.NEGOTIATION_AGREED: _l("Terms were agreed"),
    Event.NEGOTIATION_LOST: _l("Talks ended without an agreement"),
    Event.NEGOTIATION_STAGE_CHANGED: _l("A negotiation stands at another stage"),
    Event.TEST: _l("A test"),
}
STATES = {
    State.WAITING: ("submitted", _l("waits")),
    State.DELIVERED: ("published", _l("delivered")),
    State.FAILED: ("sent_back", _l("given up")),
}
"""The chip's shape and its words."""
OFF = {
    Off.OWNER: _l("Switched off by an owner."),
    Off.FAILING: _l("Switched off: it took nothing for days."),
    Off.GONE: _l("Switched off: it answered that it is gone for good (410)."),
}
FAULTS = {
    "name_unknown": _l("the name has no address"),
    "name_slow": _l("the name was not found in time"),
    "address_refused": _l("the name leads out of the open internet"),
    "certificate": _l("the certificate does not fit"),
    "tls": _l("no safe connection"),
    "timeout": _l("no answer within ten seconds"),
    "no_connection": _l("no connection"),
    "no_http": _l("no answer that is HTTP"),
    "switched_off": _l("the address was switched off"),
    "secret_lost": _l("the server's key was replaced: make a new secret"),
}
