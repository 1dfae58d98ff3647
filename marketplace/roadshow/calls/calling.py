"""The call itself: put out and changed by the fair's manager, and who reviews what comes in."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from marketplace.accounts import service as accounts
from marketplace.core import audit, mail
from marketplace.core.access import Actor
from marketplace.core.clock import now, today
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Duplicate, Invalid, NotFound
from marketplace.core.i18n import gettext, localized, speaking
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.fairs import queries as fairs
from marketplace.fairs.models import Fair
from marketplace.payments.till import own_address
from marketplace.roadshow.calls.models import Application, Criterion, PitchCall, Review, Reviewer


class Scored(DomainError):
    """Totals must stay comparable: criteria and their weights stand from the first review on."""

    slug, title = "call-scored", _l("Reviews are there already")
    text = _l("The criteria and their weights cannot be changed any more: somebody has scored an application by them.")


def of_fair(fair_id: UUID) -> PitchCall | None:
    """The call of a fair, if there is one."""
    return db.session.scalar(select(PitchCall).where(PitchCall.fair_id == fair_id))


def get(call_id: UUID, *, lock: bool = False) -> PitchCall:
    """Raises NotFound."""
    query = select(PitchCall).where(PitchCall.id == call_id)
    call = db.session.scalar(query.with_for_update() if lock else query)
    if call is None:
        raise NotFound()
    return call


def managed(fair_id: UUID, *, by: Actor, lock: bool = False) -> PitchCall:
    """The call of a fair that one manages. Raises Forbidden, NotFound."""
    by.require("roadshow.manage", fair_id=fair_id)
    query = select(PitchCall).where(PitchCall.fair_id == fair_id)
    call = db.session.scalar(query.with_for_update() if lock else query)
    if call is None:
        raise NotFound(gettext("This fair has no call for pitches."))
    return call


def is_open(call: PitchCall, fair: Fair) -> bool:
    """Whether applications are taken: from the beginning of its first day to the end of its last, on the fair's own clock."""
    return call.opens_on <= today(fair.time_zone) <= call.closes_on


def criteria(call_id: UUID) -> list[Criterion]:
    """What reviewers look at, in order."""
    return list(db.session.scalars(select(Criterion).where(Criterion.call_id == call_id).order_by(Criterion.position)))


def put_out(
    fair_id: UUID, *, text_en: str | None, text_zh: str | None, opens_on: date, closes_on: date, places: int,
    criteria: Sequence[dict[str, Any]], by: Actor,
) -> PitchCall:  # fmt: skip
    """Make the call of a fair, or change it. ``criteria``: {name_en, name_zh, weight} each, in order.

    Raises Forbidden, NotFound, Invalid (closes before it opens, or after the fair), Scored (other criteria after the first review)."""
    by.require("roadshow.manage", fair_id=fair_id)
    fair = fairs.get(fair_id)
    if closes_on < opens_on:
        raise Invalid.field("closes_on", "days_order", gettext("The last day must not come before the first."))
    if closes_on > fair.closes_on:
        raise Invalid.field("closes_on", "after_fair", gettext("The fair is over by then: %(day)s.", day=fair.closes_on.isoformat()))
    call = db.session.scalar(select(PitchCall).where(PitchCall.fair_id == fair_id).with_for_update())
    if call is None:
        call = PitchCall(fair_id=fair_id, created_at=now())
        db.session.add(call)
    call.text_en, call.text_zh, call.opens_on, call.closes_on, call.places = text_en, text_zh, opens_on, closes_on, places
    db.session.flush()
    _set_criteria(call, criteria)
    audit.record(
        "roadshow.put_out_call", f"call:{call.id}", by=by, fair_id=fair_id, opens_on=opens_on.isoformat(), closes_on=closes_on.isoformat(),
        places=places, weights=[each["weight"] for each in criteria],
    )  # fmt: skip
    return call


def _set_criteria(call: PitchCall, wanted: Sequence[dict[str, Any]]) -> None:
    standing = [(each.name_en, each.name_zh, each.weight) for each in criteria(call.id)]
    asked = [(each["name_en"], each["name_zh"], each["weight"]) for each in wanted]
    if standing == asked:
        return
    scored = select(Review.id).join(Application, Application.id == Review.application_id).where(Application.call_id == call.id)
    if db.session.scalar(scored.limit(1)) is not None:
        raise Scored()
    db.session.execute(delete(Criterion).where(Criterion.call_id == call.id))
    db.session.add_all(
        Criterion(call_id=call.id, position=number, name_en=name_en, name_zh=name_zh, weight=weight)
        for number, (name_en, name_zh, weight) in enumerate(asked, start=1)
    )
    db.session.flush()


def appoint(fair_id: UUID, email: str, *, by: Actor) -> Reviewer:
    """Let the person with this mail address score the applications of a fair, and tell them. Raises Forbidden, NotFound, Invalid, Duplicate."""
    call = managed(fair_id, by=by)
    person = accounts.by_email(email)
    if person is None or person.disabled_at is not None:
        raise Invalid.field("email", "person_unknown", gettext("Nobody has an account with this mail address. Ask them to register first."))
    open_ones = select(Reviewer.id).where(Reviewer.call_id == call.id, Reviewer.person_id == person.id, Reviewer.ended_at.is_(None))
    if db.session.scalar(open_ones) is not None:
        raise Duplicate(gettext("This person reviews these applications already."))
    reviewer = Reviewer(call_id=call.id, person_id=person.id, appointed_by=by.person_id, created_at=now())
    db.session.add(reviewer)
    db.session.flush()  # a second one must meet the unique index here, not at the end of the request
    audit.record("roadshow.appoint_reviewer", f"call:{call.id}", by=by, fair_id=fair_id, person=str(person.id))
    with speaking(person.language):
        fair = localized(fairs.get(fair_id), "name")[0]
        subject = gettext("Please score the pitches of %(fair)s", fair=fair)
        text = gettext("You were asked to score the applications to pitch at %(fair)s. They are listed here:", fair=fair)
        mail.send(person.email, subject, f"{text}\n\n{own_address(f'/roadshow/calls/{call.id}/scoring')}\n")
    return reviewer


def dismiss(reviewer_id: UUID, *, by: Actor) -> PitchCall:
    """End somebody's reviewing at once; what they scored stays. Raises NotFound."""
    reviewer = db.session.scalar(select(Reviewer).where(Reviewer.id == reviewer_id, Reviewer.ended_at.is_(None)).with_for_update())
    if reviewer is None:
        raise NotFound()
    call = get(reviewer.call_id)
    if not by.may("roadshow.manage", fair_id=call.fair_id):
        raise NotFound()
    reviewer.ended_at = now()
    audit.record("roadshow.dismiss_reviewer", f"call:{call.id}", by=by, fair_id=call.fair_id, person=str(reviewer.person_id))
    return call
