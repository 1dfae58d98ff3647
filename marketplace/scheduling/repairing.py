"""Something is not there for a time: what that breaks, at once, and three repairs, computed by a process of its own."""

import logging
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import or_, select, update

from marketplace.accounts.models import Person
from marketplace.core import audit, jobs
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db, end_reading, transaction
from marketplace.core.errors import Invalid
from marketplace.core.i18n import gettext
from marketplace.core.states import check_move
from marketplace.fairs import queries as fairs
from marketplace.meetings.models import Interpreter, Meeting, MeetingPerson
from marketplace.organizations.models import Organization
from marketplace.scheduling import ahead, computing, queries, solver
from marketplace.scheduling.ahead import Ahead, Loss
from marketplace.scheduling.models import CHANGE_MOVES, ChangeKind, ChangeState, Delegate, PlanChange
from marketplace.scheduling.planning.answering import rows as seat_rows
from marketplace.scheduling.planning.answering import seats_of
from marketplace.scheduling.planning.changing import difference
from marketplace.scheduling.planning.instance import Seat, to_json
from marketplace.scheduling.planning.verifying import faults
from marketplace.venue import service as venue
from marketplace.venue.models import Place, PlaceKind

log = logging.getLogger(__name__)
TASK = "scheduling.repair"
SECONDS = 3.5
"""Of the five that a repair may take, the start of the process among them; the rest is reading and writing."""
Step = dict[str, Any]
"""``what`` happens to a meeting: ``meeting_id``, ``version``, where it ``was``, and where it goes: ``starts_at``, ``place_id``, ``interpreter_id``; an
added one has ``wish_id``, its organisations, people and languages instead of the first three."""


def ask(fair_id: UUID, *, kind: str, subject_id: UUID, starts_at: datetime, ends_at: datetime, reason: str, by: Actor) -> PlanChange:
    """Say what is not there for a time. Nothing changes yet: what breaks is there at once, repairs in some seconds.

    ``reason`` is told to everybody who is touched. Raises Forbidden, NotFound, Invalid."""
    by.require(queries.MANAGE, fair_id=fair_id)
    fair, loss = fairs.get(fair_id), Loss(ChangeKind(kind), subject_id, starts_at, ends_at)
    venue.check_times(starts_at, ends_at, fair)
    if ends_at <= now():
        raise Invalid.field("ends_at", "past", gettext("This time has passed."))
    _check_subject(fair_id, loss)
    broken = ahead.broken(loss, ahead.meetings(fair_id))
    change = PlanChange(
        fair_id=fair_id, kind=loss.kind, subject_id=subject_id, starts_at=starts_at, ends_at=ends_at, reason=reason,
        state=ChangeState.COMPUTING, broken=[str(row.id) for row in broken], repairs={}, asked_by=by.person_id, created_at=now(),
    )  # fmt: skip
    db.session.add(change)
    db.session.flush()
    audit.record("scheduling.ask_change", f"change:{change.id}", by=by, fair_id=fair_id, kind=kind, broken=len(broken))
    jobs.enqueue(TASK, change_id=str(change.id))
    return change


def _check_subject(fair_id: UUID, loss: Loss) -> None:
    """Raises Invalid for what has no part in this fair."""
    if loss.kind is ChangeKind.PLACE:
        place = db.session.get(Place, loss.subject_id)
        known = place is not None and place.fair_id == fair_id and place.kind is not PlaceKind.HALL
    elif loss.kind is ChangeKind.INTERPRETER:
        one = db.session.get(Interpreter, loss.subject_id)
        known = one is not None and one.fair_id == fair_id
    elif loss.kind is ChangeKind.ORGANIZATION:
        known = loss.subject_id in organizations(fair_id)
    else:
        known = loss.subject_id in people(fair_id)
    if not known:
        raise Invalid.field("subject", "subject_unknown", gettext("Choose what or who has a part in this fair."))


def people(fair_id: UUID) -> dict[UUID, tuple[str, UUID]]:
    """Who takes meetings at a fair: name and organisation by person."""
    delegates = select(Person.id, Person.name, Delegate.organization_id).join(Delegate, Delegate.person_id == Person.id).where(Delegate.fair_id == fair_id)
    comers = (
        select(Person.id, Person.name, MeetingPerson.organization_id)
        .join(MeetingPerson, MeetingPerson.person_id == Person.id)
        .join(Meeting, Meeting.id == MeetingPerson.meeting_id)
        .where(Meeting.fair_id == fair_id)
    )
    return {person_id: (name, organization_id) for query in (comers, delegates) for person_id, name, organization_id in db.session.execute(query)}


def organizations(fair_id: UUID) -> dict[UUID, Organization]:
    """The organisations of `people`."""
    ids = {organization_id for _, organization_id in people(fair_id).values()}
    return {row.id: row for row in db.session.scalars(select(Organization).where(Organization.id.in_(ids)))}


def cancel(change_id: UUID, *, by: Actor) -> PlanChange:
    """It is there after all. Pressed again, it stays so. Raises NotFound, IllegalMove."""
    change = queries.get_change(change_id, by=by, lock=True)
    if change.state is ChangeState.CANCELLED:
        return change
    change.state = check_move(CHANGE_MOVES, change.state, ChangeState.CANCELLED)
    change.worker, change.finished_at = None, now()
    audit.record("scheduling.cancel_change", f"change:{change.id}", by=by, fair_id=change.fair_id)
    db.session.flush()
    return change


def again(change_id: UUID, *, by: Actor) -> PlanChange:
    """The same loss once more, on the meetings as they are now; the old repairs, unless they failed, are given up. Raises as `cancel` and `ask`."""
    old = queries.get_change(change_id, by=by, lock=True)
    if old.state is not ChangeState.FAILED:
        cancel(change_id, by=by)
    return ask(
        old.fair_id, kind=old.kind.value, subject_id=old.subject_id, starts_at=old.starts_at, ends_at=old.ends_at, reason=old.reason, by=by
    )


def claim(change_id: UUID) -> UUID | None:
    """A token for a change that waits for its repairs; None when there is none or somebody is at it."""
    token, moment = uuid4(), now()
    free = or_(PlanChange.worker.is_(None), PlanChange.beat_at.is_(None), PlanChange.beat_at < moment - computing.STALE)
    with transaction():
        taken = db.session.execute(
            update(PlanChange)
            .where(PlanChange.id == change_id, PlanChange.state == ChangeState.COMPUTING, free)
            .values(worker=token, beat_at=moment)
            .returning(PlanChange.id)
        ).one_or_none()
    return token if taken is not None else None


def run(change_id: UUID, token: UUID) -> None:
    """Compute the three repairs and write them down, or that it failed. Nothing when it was cancelled meanwhile."""
    try:
        end_reading()
        began = time.monotonic()
        change = db.session.get_one(PlanChange, change_id, populate_existing=True)
        fair = fairs.get(change.fair_id)
        found = ahead.ahead(fair, loss_of(change))
        question = {
            "task": "repair", "instance": to_json(found.instance), "seats": seat_rows(found.seats), "open_slots": found.open_slots, "seconds": SECONDS,
        }  # fmt: skip
        db.session.expunge_all()
        end_reading()
        answer = solver.solve(question, heard=lambda line: None)
        repairs = {kind: _steps(found, seats_of(seats)) for kind, seats in answer["repairs"].items()}
        _settle(change_id, token, {**repairs, "seconds": round(time.monotonic() - began, 2), "meetings": len(found.meetings)})
    except Exception:
        log.exception("the repairs of change %s failed", change_id)
        _settle(change_id, token, None)


def loss_of(change: PlanChange) -> Loss:
    return Loss(ChangeKind(change.kind), change.subject_id, change.starts_at, change.ends_at)


def _steps(found: Ahead, seats: Mapping[int, Seat]) -> list[Step]:
    """What a repaired plan does to each meeting it touches. Raises SolverFailed for one that does not hold."""
    if wrong := faults(found.instance, seats):
        raise solver.SolverFailed(f"a repair that does not hold: {wrong[0]}")
    became = difference(found.seats, seats)
    steps = []
    for what in ("moved", "reseated", "reinterpreted", "added"):
        steps += [_step(found, what, number, seats[number]) for number in getattr(became, what)]
    for number in became.dropped:
        meeting = found.meetings[number]
        steps.append({"what": "dropped", **_known(meeting)})
    return steps


def _step(found: Ahead, what: str, number: int, seat: Seat) -> Step:
    interpreter = str(found.helpers[seat.interpreter].id) if seat.interpreter >= 0 else None
    starts_at, ends_at = found.times.stays[seat.slot]
    to = {"starts_at": starts_at.isoformat(), "place_id": str(found.tables.groups[seat.group][seat.table].id), "interpreter_id": interpreter}
    if what != "added":
        return {"what": what, **_known(found.meetings[number]), **to}
    pair = found.waiting[number - len(found.meetings)]
    ours, theirs = pair.languages
    return {
        "what": what, "wish_id": str(pair.wish.id), "from_organization_id": str(pair.wish.organization_id),
        "to_organization_id": str(pair.wish.about_organization_id), "from_person_id": str(pair.sender.person_id),
        "to_person_id": str(pair.receiver.person_id), "from_language": ours, "to_language": theirs, "weight": pair.weight,
        "length_minutes": int((ends_at - starts_at).total_seconds() // 60), **to,
    }  # fmt: skip


def _known(meeting: Meeting) -> Step:
    was = {"starts_at": meeting.starts_at.isoformat(), "place_id": str(meeting.place_id)}
    return {"meeting_id": str(meeting.id), "version": meeting.version, "was": was}


def _settle(change_id: UUID, token: UUID, repairs: dict[str, Any] | None) -> None:
    """Nothing when it is not this worker's any more."""
    end_reading()
    with transaction():
        query = select(PlanChange).where(PlanChange.id == change_id, PlanChange.worker == token, PlanChange.state == ChangeState.COMPUTING)
        change = db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
        if change is not None:
            change.state = ChangeState.FAILED if repairs is None else ChangeState.READY
            change.repairs, change.worker, change.beat_at, change.finished_at = repairs or {}, None, None, now()
