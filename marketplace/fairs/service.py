"""Making fairs, changing their settings and segments, choosing the current one, and appointing their staff."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts import service as accounts
from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import Duplicate, FieldError, Forbidden, IllegalMove, Invalid, NotFound
from marketplace.core.i18n import gettext
from marketplace.core.money import CURRENCIES
from marketplace.fairs import queries
from marketplace.fairs.events import fair_created
from marketplace.fairs.models import Fair, Segment, Staff, StaffRole

SETTINGS = ("name_en", "name_zh", "place_en", "place_zh", "base_currency", "time_zone", "opens_on", "closes_on")
FROZEN_WHEN: list[Callable[[UUID], bool]] = []
"""Filled by the domains that book: whether base currency and time zone of the fair with this id can change no more."""
SEGMENT_USED_WHEN: list[Callable[[UUID], bool]] = []
"""Filled by the domains that place things in segments: whether the segment with this id must stay."""


def create(slug: str, *, by: Actor | None, sample: bool = False, segments: Sequence[Mapping[str, str]] = (), **settings: Any) -> Fair:
    """A new fair, not current. ``settings``: see `SETTINGS`; ``segments``: rows of code, name_en, name_zh, in order.

    ``by`` is None for the operator's command line. Raises Forbidden, Invalid, Duplicate.
    """
    if by is not None:
        by.require("fairs.create")
    if db.session.scalar(select(Fair.id).where(Fair.slug == slug)) is not None:
        raise Duplicate(gettext("A fair with this address exists already."))
    facts = {name: settings.get(name) for name in SETTINGS}
    _check(facts)
    fair = Fair(slug=slug, sample=sample, created_at=now(), **facts)
    db.session.add(fair)
    db.session.flush()  # segments, scopes and the audit row point to it
    _set_segments(fair, segments)
    audit.record("fairs.create", f"fair:{fair.id}", by=by, fair_id=fair.id, after=audit.content_hash(facts))
    fair_created.send(fair=fair, by=by)
    return fair


def managed(slug: str, *, by: Actor, lock: bool = False) -> Fair:
    """A fair that the person manages. Raises NotFound, Forbidden."""
    fair = queries.by_slug(slug)
    by.require("fairs.manage", fair_id=fair.id)
    if lock:
        db.session.refresh(fair, with_for_update=True)
    return fair


def edit(fair: Fair, *, by: Actor, segments: Sequence[Mapping[str, str]] | None = None, **changes: Any) -> Fair:
    """Change some settings of a fair that was read locked with `managed`; the edge compared its version.

    Raises Forbidden, Invalid: also when base currency or time zone would change after something was booked.
    """
    by.require("fairs.manage", fair_id=fair.id)
    before = {name: getattr(fair, name) for name in SETTINGS}
    facts = before | {name: value for name, value in changes.items() if name in SETTINGS}
    _check(facts)
    frozen = [name for name in ("base_currency", "time_zone") if facts[name] != before[name]]
    if frozen and any(booked(fair.id) for booked in FROZEN_WHEN):
        text = gettext("This cannot change any more: something was booked with it.")
        raise Invalid(errors=tuple(FieldError(f"/{name}", "frozen", text) for name in frozen))
    for name, value in facts.items():
        setattr(fair, name, value)
    if segments is not None:
        _set_segments(fair, segments)
    audit.record(
        "fairs.edit", f"fair:{fair.id}", by=by, fair_id=fair.id, before=audit.content_hash(before), after=audit.content_hash(facts)
    )
    db.session.flush()  # the new version is part of the answer
    return fair


def _check(facts: Mapping[str, Any]) -> None:
    if facts["base_currency"] not in CURRENCIES:
        raise Invalid.field("base_currency", "currency_unknown", gettext("Choose a currency of ISO 4217, such as CNY."))
    if facts["closes_on"] < facts["opens_on"]:
        raise Invalid.field("closes_on", "day_order", gettext("The last day must not come before the first."))


def _set_segments(fair: Fair, rows: Sequence[Mapping[str, str]]) -> None:
    """The fair's segments become these rows, in this order; a code that stays keeps its id. Raises Invalid."""
    codes = [row["code"] for row in rows]
    for number, code in enumerate(codes):
        if code in codes[:number]:
            raise Invalid.field(f"segments/{number}/code", "segment_twice", gettext("This code stands there twice."))
    old = {segment.code: segment for segment in queries.segments(fair)}
    for code, segment in old.items():
        if code in codes:
            continue
        if any(used(segment.id) for used in SEGMENT_USED_WHEN):
            raise Invalid.field("segments", "segment_used", gettext("Something stands in the segment “%(code)s”: it has to stay.", code=code))
        db.session.delete(segment)
    for position, row in enumerate(rows, start=1):
        segment = old.get(row["code"]) or Segment(fair_id=fair.id, code=row["code"])
        segment.name_en, segment.name_zh, segment.position = row["name_en"], row["name_zh"], position
        db.session.add(segment)


def make_current(slug: str, *, by: Actor | None) -> Fair:
    """The public pages show this fair from now on, and no other. Raises NotFound, Forbidden."""
    if by is not None:
        by.require("fairs.create")
    fair = queries.by_slug(slug)
    for other in db.session.scalars(select(Fair).where(Fair.current, Fair.id != fair.id).with_for_update()):
        other.current = False
    db.session.flush()  # two current fairs must not meet in the unique index
    fair.current = True
    audit.record("fairs.make_current", f"fair:{fair.id}", by=by, fair_id=fair.id)
    db.session.flush()  # the new version is part of the answer
    return fair


def close(slug: str, *, by: Actor) -> Fair:
    """The fair is over. Raises NotFound, Forbidden, IllegalMove when it is closed already."""
    by.require("fairs.create")
    fair = queries.by_slug(slug)
    db.session.refresh(fair, with_for_update=True)
    if fair.closed_at is not None:
        raise IllegalMove(gettext("This fair is closed already."))
    fair.closed_at = now()
    audit.record("fairs.close", f"fair:{fair.id}", by=by, fair_id=fair.id)
    db.session.flush()  # the new version is part of the answer
    return fair


def appoint(slug: str, email: str, *, role: StaffRole, by: Actor | None) -> Staff:
    """Give a person, by mail address, a role at a fair. Nobody but the administrator appoints themselves.

    Raises NotFound, Forbidden, Invalid when nobody has the address, Duplicate.
    """
    fair = managed(slug, by=by) if by is not None else queries.by_slug(slug)
    person = accounts.by_email(email)
    if person is None or person.disabled_at is not None:
        raise Invalid.field("email", "person_unknown", gettext("Nobody has an account with this mail address. Ask them to register first."))
    if by is not None and person.id == by.person_id and not by.admin:
        raise Forbidden(gettext("Nobody appoints themselves: ask the administrator or another manager."))
    mine = select(Staff.id).where(Staff.fair_id == fair.id, Staff.person_id == person.id, Staff.role == role, Staff.ended_at.is_(None))
    if db.session.scalar(mine) is not None:
        raise Duplicate(gettext("This person has this role already."))
    staff = Staff(fair_id=fair.id, person_id=person.id, role=role, appointed_by=by.person_id if by else None, created_at=now())
    db.session.add(staff)
    db.session.flush()  # a second one must meet the unique index here, not at the end of the request
    audit.record("fairs.appoint", f"fair:{fair.id}", by=by, fair_id=fair.id, person=str(person.id), role=role.value)
    return staff


def dismiss(slug: str, staff_id: UUID, *, by: Actor) -> None:
    """End a role at a fair at once. Raises NotFound, Forbidden."""
    fair = managed(slug, by=by)
    staff = db.session.scalar(
        select(Staff).where(Staff.id == staff_id, Staff.fair_id == fair.id, Staff.ended_at.is_(None)).with_for_update()
    )
    if staff is None:
        raise NotFound()
    staff.ended_at = now()
    audit.record("fairs.dismiss", f"fair:{fair.id}", by=by, fair_id=fair.id, person=str(staff.person_id), role=staff.role.value)
