"""What an owner does with the organisation's endpoints: name one, change it, give it a new secret, try it, send again."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from uuid_utils.compat import uuid7

from marketplace.core import audit, jobs
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Duplicate, Forbidden, IllegalMove, Invalid
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.states import check_move
from marketplace.organizations.models import Organization
from marketplace.webhooks import emitting, gateway, queries, rules, signing
from marketplace.webhooks.models import MOVES, Delivery, Endpoint, Event, Off, State

URL_FAULTS = {
    "url": _l("A whole address such as https://crm.example.org/hooks is expected, in ASCII."),
    "url_parts": _l("Without user name, password or a part after #."),
    "url_https": _l("Only https:// is called."),
    "url_private": _l("This address is not in the open internet."),
}


class TooMany(DomainError):
    text = _l("An organisation has at most %(most)s addresses. Delete one first.", most=rules.MOST_ENDPOINTS)


def register(url: str, *, events: list[str], description: str | None = None, by: Actor) -> tuple[Endpoint, str]:
    """Name an address; beside it the secret, which is told only here. Raises Forbidden, Invalid, Duplicate, TooMany."""
    by.require(queries.MANAGE)
    if by.organization_id is None:
        raise Forbidden()
    _check(url)
    db.session.get(Organization, by.organization_id, with_for_update=True)  # of two at once the second counts the first
    open_ones = select(func.count()).select_from(Endpoint).where(Endpoint.organization_id == by.organization_id, Endpoint.ended_at.is_(None))
    if (db.session.scalar(open_ones) or 0) >= rules.MOST_ENDPOINTS:
        raise TooMany()
    _check_new(url, by=by)
    endpoint = Endpoint(
        organization_id=by.organization_id, url=url, events=events, description=description, secret_number=1, secret_check="",
        created_by=by.person_id, created_at=now(), slow=0,
    )  # fmt: skip
    db.session.add(endpoint)
    db.session.flush()
    endpoint.secret_check = signing.check_of(endpoint)
    db.session.flush()
    audit.record("webhooks.register", f"webhook:{endpoint.id}", by=by, events=events)
    return endpoint, signing.secret_of(endpoint)


def change(endpoint_id: UUID, changes: Mapping[str, Any], *, by: Actor) -> Endpoint:
    """Change ``url``, ``events`` or ``description``. What waits goes to the new address. Raises NotFound, Forbidden, Invalid, Duplicate."""
    endpoint = queries.one(endpoint_id, by=by, lock=True)
    if (url := changes.get("url")) is not None and url != endpoint.url:
        _check(url)
        _check_new(url, by=by)
        endpoint.failing_since, endpoint.rests_until, endpoint.slow = None, None, 0
    for name, value in changes.items():
        setattr(endpoint, name, value)
    db.session.flush()
    audit.record("webhooks.change", f"webhook:{endpoint.id}", by=by, fields=sorted(changes), events=endpoint.events)
    return endpoint


def new_secret(endpoint_id: UUID, *, hours: int = 24, by: Actor) -> tuple[Endpoint, str]:
    """Give it a new secret; the old one signs beside it for ``hours`` (0: it ends at once). Raises NotFound, Forbidden."""
    endpoint = queries.one(endpoint_id, by=by, lock=True)
    kept = hours > 0 and signing.still_good(endpoint)
    endpoint.secret_number += 1
    endpoint.secret_check = signing.check_of(endpoint)
    endpoint.old_secret_until = now() + timedelta(hours=hours) if kept else None
    db.session.flush()
    audit.record("webhooks.new_secret", f"webhook:{endpoint.id}", by=by, number=endpoint.secret_number, hours=hours)
    return endpoint, signing.secret_of(endpoint)


def switch_off(endpoint_id: UUID, *, by: Actor) -> Endpoint:
    """Stop telling it; what happens meanwhile is not told later. Raises NotFound, Forbidden, IllegalMove."""
    endpoint = queries.one(endpoint_id, by=by, lock=True)
    if endpoint.disabled_at is not None:
        raise IllegalMove(gettext("It is switched off already."))
    endpoint.disabled_at, endpoint.disabled_because = now(), Off.OWNER
    audit.record("webhooks.switch_off", f"webhook:{endpoint.id}", by=by, because=Off.OWNER.value)
    return endpoint


def switch_on(endpoint_id: UUID, *, by: Actor) -> Endpoint:
    """Raises NotFound, Forbidden, IllegalMove."""
    endpoint = queries.one(endpoint_id, by=by, lock=True)
    if endpoint.disabled_at is None:
        raise IllegalMove(gettext("It is switched on already."))
    endpoint.disabled_at = endpoint.disabled_because = endpoint.failing_since = endpoint.rests_until = None
    endpoint.slow = 0
    audit.record("webhooks.switch_on", f"webhook:{endpoint.id}", by=by)
    return endpoint


def delete(endpoint_id: UUID, *, by: Actor) -> None:
    """Forget the address; nothing more goes there. Raises NotFound, Forbidden."""
    endpoint = queries.one(endpoint_id, by=by, lock=True)
    endpoint.ended_at = now()
    audit.record("webhooks.delete", f"webhook:{endpoint.id}", by=by)


def send_test(endpoint_id: UUID, *, by: Actor) -> Delivery:
    """Send an event of the type ``test``. Raises NotFound, Forbidden, IllegalMove (switched off)."""
    endpoint = queries.one(endpoint_id, by=by, lock=True)
    _check_on(endpoint)
    made = emitting.write(endpoint, Event.TEST, {"id": endpoint.id, "path": f"/organization/webhooks/{endpoint.id}"}, event_id=uuid7())
    audit.record("webhooks.test", f"webhook:{endpoint.id}", by=by)
    return made


def send_again(delivery_id: UUID, *, by: Actor) -> Delivery:
    """The same message under the same id, now, with all its tries before it. Raises NotFound, Forbidden, IllegalMove (switched off)."""
    endpoint, delivery = queries.delivery(delivery_id, by=by, lock=True)
    _check_on(endpoint)
    delivery.state = check_move(MOVES, delivery.state, State.WAITING)
    delivery.turn, delivery.tries, delivery.next_at, delivery.done_at = delivery.turn + 1, 0, now(), None
    endpoint.rests_until, endpoint.slow = None, 0
    db.session.flush()
    jobs.enqueue("webhooks.deliver", delivery_id=str(delivery.id), turn=delivery.turn)
    audit.record("webhooks.send_again", f"webhook:{endpoint.id}", by=by, delivery=str(delivery.id))
    return delivery


def _check(url: str) -> None:
    if fault := rules.url_fault(url, local=gateway.local()):
        raise Invalid.field("url", fault, URL_FAULTS[fault])


def _check_new(url: str, *, by: Actor) -> None:
    known = select(Endpoint.id).where(Endpoint.organization_id == by.organization_id, Endpoint.url == url, Endpoint.ended_at.is_(None))
    if db.session.scalar(known) is not None:
        raise Duplicate(gettext("This address is named already."))


def _check_on(endpoint: Endpoint) -> None:
    if endpoint.disabled_at is not None:
        raise IllegalMove(gettext("This address is switched off: switch it on first."))
