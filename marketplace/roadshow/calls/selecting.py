"""Choosing among the applications: by hand, the best ones by the ranking, a waiting list, rejection with a reason. Nobody hears of it yet."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Invalid, NotFound
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.states import check_move
from marketplace.roadshow.calls import calling, ranking
from marketplace.roadshow.calls.models import MOVES, Application, PitchCall, Status
from marketplace.roadshow.models import Pitch, PitchStatus


class InTimetable(DomainError):
    """What has a slot is taken out of the timetable first."""

    slug, title = "application-in-timetable", _l("It has a slot")
    text = _l("One of these has a slot in the timetable already: take it out there first.")


class ToldAlready(DomainError):
    """Who was told a decision hears of another one, but not that there is none."""

    slug, title = "application-told", _l("They were told")
    text = _l("The applicant was told of the decision: choose another one instead of taking it back.")


def decide(
    fair_id: UUID, application_ids: Sequence[UUID], status: Status, *, reason: str | None = None, by: Actor
) -> int:
    """Choose, put on the waiting list, reject (with a reason) or leave undecided again; all of them or none. Returns how many changed.

    Raises Forbidden, NotFound, Invalid (no reason, or more than the call's places), IllegalMove, InTimetable."""
    call = calling.managed(fair_id, by=by, lock=True)
    wanted = list(dict.fromkeys(application_ids))
    query = select(Application).where(Application.call_id == call.id, Application.id.in_(wanted)).order_by(Application.id)
    found = {each.id: each for each in db.session.scalars(query.with_for_update().execution_options(populate_existing=True))}
    if len(found) != len(wanted):
        raise NotFound()
    return _decide(call, [found[key] for key in wanted], status, reason=reason, by=by)


def select_first(fair_id: UUID, number: int, *, by: Actor) -> int:
    """Choose the ``number`` best of those still undecided. Raises Forbidden, NotFound, Invalid (more than there are places left)."""
    return _best(fair_id, number, Status.SELECTED, by=by)


def wait_first(fair_id: UUID, number: int, *, by: Actor) -> int:
    """Put the ``number`` best of those still undecided on the waiting list, in their order. Raises Forbidden, NotFound."""
    return _best(fair_id, number, Status.WAITING, by=by)


def reject_rest(fair_id: UUID, reason: str, *, by: Actor) -> int:
    """Reject all that are still undecided, for one reason. Raises Forbidden, NotFound."""
    return _best(fair_id, None, Status.REJECTED, reason=reason, by=by)


def _best(fair_id: UUID, number: int | None, status: Status, *, reason: str | None = None, by: Actor) -> int:
    call = calling.managed(fair_id, by=by, lock=True)
    query = select(Application).where(Application.call_id == call.id, Application.status == Status.SUBMITTED)
    query = query.order_by(*ranking.BEST_FIRST).limit(number).with_for_update()
    return _decide(call, list(db.session.scalars(query)), status, reason=reason, by=by)


def _decide(call: PitchCall, applications: Sequence[Application], status: Status, *, reason: str | None, by: Actor) -> int:
    if status is Status.WITHDRAWN:
        raise Invalid.field("status", "code_unknown", gettext("Only its organisation withdraws an application."))
    if status is Status.REJECTED and not reason:
        raise Invalid.field("reason", "reason_missing", gettext("Say why: the applicants read it."))
    changing = [each for each in applications if each.status is not status]
    if status is Status.SELECTED:
        _check_places(call, len(changing))
    if status is Status.SUBMITTED and any(each.told is not None for each in changing):
        raise ToldAlready()
    _check_no_slot([each for each in changing if each.status is Status.SELECTED])
    number = _last_waiting(call.id) if status is Status.WAITING else 0
    for each in applications:
        if status is Status.REJECTED:
            each.reason = reason
    for count, each in enumerate(changing, start=1):
        before = each.status
        each.status = check_move(MOVES, before, status)
        each.waiting_number = number + count if status is Status.WAITING else None
        each.reason = reason if status is Status.REJECTED else None
        audit.record(
            "roadshow.decide", f"application:{each.id}", by=by, fair_id=call.fair_id, before_status=before.value, status=status.value
        )
    db.session.flush()
    return len(changing)


def _check_places(call: PitchCall, more: int) -> None:
    chosen = select(func.count()).select_from(Application).where(Application.call_id == call.id, Application.status == Status.SELECTED)
    left = call.places - (db.session.scalar(chosen) or 0)
    if more > left:
        text = gettext("The call has %(all)s places, and %(left)s of them are left.", all=call.places, left=max(left, 0))
        raise Invalid.field("number", "places_left", text)


def _check_no_slot(applications: Sequence[Application]) -> None:
    pitches = [each.pitch_id for each in applications if each.pitch_id is not None]
    if not pitches:
        return
    standing = select(Pitch.id).where(Pitch.id.in_(pitches), Pitch.status != PitchStatus.CANCELLED)
    if db.session.scalar(standing.limit(1)) is not None:
        raise InTimetable()


def _last_waiting(call_id: UUID) -> int:
    return db.session.scalar(select(func.max(Application.waiting_number)).where(Application.call_id == call_id)) or 0
