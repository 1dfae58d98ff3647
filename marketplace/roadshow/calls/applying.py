"""Applying to pitch: an own published achievement, put forward while the call is open; changed and withdrawn by its organisation."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import delete, select

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now, today
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Duplicate, Forbidden, Invalid, NotFound
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.states import check_move
from marketplace.fairs import queries as fairs
from marketplace.fairs.models import Fair
from marketplace.listings.models import EntryStatus, FairEntry, Kind, Listing
from marketplace.roadshow.calls import calling
from marketplace.roadshow.calls.models import MOVES, Application, PitchCall, Review, Score, Status
from marketplace.roadshow.models import Pitch, PitchStatus
from marketplace.venue import booking


class NotOpen(DomainError):
    """The call has not opened yet, or has closed."""

    slug, title = "call-closed", _l("The call is not open")
    text = _l("Applications are taken only while the call is open.")


class Read(DomainError):
    """Somebody has scored it: what they read must stay."""

    slug, title = "application-read", _l("It is being read")
    text = _l("A reviewer has scored this application already, so it cannot be changed. You can withdraw it.")


def days_of(fair: Fair) -> list[date]:
    """The days of a fair, in order."""
    return [fair.opens_on + timedelta(days=i) for i in range((fair.closes_on - fair.opens_on).days + 1)]


def days_ahead(fair: Fair) -> list[date]:
    """The days of a fair that are not over yet, on its own clock."""
    return [day for day in days_of(fair) if day >= today(fair.time_zone)]


def apply(call_id: UUID, *, achievement_id: UUID, pitch_text: str, language: str, days: Sequence[date] = (), by: Actor) -> Application:
    """Put an own published achievement forward; whoever applies presents. One that was withdrawn is put forward anew.

    ``days``: those it wishes for, none is any. Raises Forbidden, NotFound, NotOpen, Duplicate, Invalid."""
    by.require("roadshow.apply")
    call = calling.get(call_id)
    fair = fairs.get(call.fair_id)
    if not calling.is_open(call, fair):
        raise NotOpen()
    _check_achievement(achievement_id, fair_id=fair.id, by=by)
    wishes = _wishes(days, fair)
    known = select(Application).where(Application.call_id == call.id, Application.achievement_id == achievement_id).with_for_update()
    application = db.session.scalar(known)
    if application is None:
        application = Application(call_id=call.id, achievement_id=achievement_id, status=Status.SUBMITTED)
        db.session.add(application)
    elif application.status is not Status.WITHDRAWN:
        raise Duplicate(gettext("Your organisation has applied with this achievement already."))
    else:
        _begin_anew(application)
    application.organization_id = by.organization_id  # type: ignore[assignment]
    application.person_id, application.applied_at = by.person_id, now()
    application.pitch_text, application.language, application.days = pitch_text, language, wishes
    db.session.flush()  # a second one at the same time meets the unique key here
    audit.record("roadshow.apply", f"application:{application.id}", by=by, fair_id=fair.id)
    return application


def _begin_anew(application: Application) -> None:
    """What was thought of the earlier text goes with it."""
    application.status = check_move(MOVES, application.status, Status.SUBMITTED)
    application.told, application.told_at = None, None
    reviews = select(Review.id).where(Review.application_id == application.id)
    db.session.execute(delete(Score).where(Score.review_id.in_(reviews)))
    db.session.execute(delete(Review).where(Review.application_id == application.id))
    application.review_count = application.mean = application.spread = 0


def _check_achievement(achievement_id: UUID, *, fair_id: UUID, by: Actor) -> None:
    query = (
        select(Listing.id)
        .join(FairEntry, FairEntry.listing_id == Listing.id)
        .where(
            Listing.id == achievement_id, Listing.kind == Kind.ACHIEVEMENT, Listing.organization_id == by.organization_id,
            FairEntry.fair_id == fair_id, FairEntry.status == EntryStatus.PUBLISHED,
        )
    )  # fmt: skip
    if db.session.scalar(query) is None:
        raise NotFound(gettext("There is no published achievement of yours with this id at this fair."))


def _wishes(days: Sequence[date], fair: Fair, *, known: Sequence[str] = ()) -> list[str]:
    """``known``: what was wished before; such a day may stay though it has passed. Raises Invalid."""
    wrong = [day for day in days if not fair.opens_on <= day <= fair.closes_on]
    if wrong:
        raise Invalid.field("days", "outside_fair", gettext("This is no day of the fair: %(day)s.", day=wrong[0].isoformat()))
    passed = [day for day in days if day < today(fair.time_zone) and day.isoformat() not in known]
    if passed:
        raise Invalid.field("days", "passed", gettext("This day has passed: %(day)s.", day=passed[0].isoformat()))
    return sorted({day.isoformat() for day in days})


def own(application_id: UUID, *, by: Actor, lock: bool = False) -> Application:
    """An application of the organisation one acts for. Raises NotFound."""
    query = select(Application).where(Application.id == application_id, Application.organization_id == by.organization_id)
    application = db.session.scalar(query.with_for_update() if lock else query)
    if application is None or by.acting is None or not by.acting.approved:
        raise NotFound()
    return application


def _to_change(application_id: UUID, *, by: Actor) -> tuple[Application, PitchCall, Fair]:
    application = own(application_id, by=by, lock=True)
    if not by.may("roadshow.apply"):
        raise Forbidden()
    call = calling.get(application.call_id)
    return application, call, fairs.get(call.fair_id)


def amend(application_id: UUID, *, pitch_text: str, language: str, days: Sequence[date] = (), by: Actor) -> Application:
    """Change what an own application says, until somebody scores it or the call closes. Raises NotFound, Forbidden, NotOpen, Read, Invalid."""
    application, call, fair = _to_change(application_id, by=by)
    if not calling.is_open(call, fair) or application.status is Status.WITHDRAWN or application.told is not None:
        raise NotOpen()
    if application.review_count:
        raise Read()
    application.pitch_text, application.language, application.days = pitch_text, language, _wishes(days, fair, known=application.days)
    audit.record("roadshow.amend_application", f"application:{application.id}", by=by, fair_id=fair.id)
    db.session.flush()
    return application


def withdraw(application_id: UUID, *, by: Actor) -> Application:
    """Take an own application back at any time; a slot it was given becomes free. Raises NotFound, Forbidden, IllegalMove."""
    application, _, fair = _to_change(application_id, by=by)
    application.status = check_move(MOVES, application.status, Status.WITHDRAWN)
    application.waiting_number, application.reason = None, None
    pitch = db.session.get(Pitch, application.pitch_id, with_for_update=True) if application.pitch_id else None
    if pitch is not None and pitch.status is not PitchStatus.CANCELLED:
        pitch.status = PitchStatus.CANCELLED
        booking.free(f"pitch:{pitch.id}")
        audit.record("roadshow.cancel_pitch", f"pitch:{pitch.id}", by=by, fair_id=fair.id)
    audit.record("roadshow.withdraw_application", f"application:{application.id}", by=by, fair_id=fair.id)
    db.session.flush()
    return application
