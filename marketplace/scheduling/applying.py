"""A repair is chosen: the loss and all that follows from it in one transaction, and one message to each who is touched."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, tuple_
from uuid_utils.compat import uuid7

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Invalid
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.states import check_move
from marketplace.fairs import queries as fairs
from marketplace.meetings import expiring, interpreters
from marketplace.meetings import rules as meeting_rules
from marketplace.meetings.models import MEETING_MOVES, Absence, Interpreter, Meeting, MeetingPerson, MeetingStatus
from marketplace.scheduling import ahead, notices, pairing, publishing, queries, repairing
from marketplace.scheduling.ahead import Loss
from marketplace.scheduling.ground import cells_of
from marketplace.scheduling.models import CHANGE_MOVES, ChangeKind, ChangeState, MeetingWish, PlanChange, PlannedMeeting
from marketplace.scheduling.notices import Told
from marketplace.scheduling.planning.changing import Kind
from marketplace.venue import booking, seating
from marketplace.venue.models import Booking, Closure
from marketplace.venue.rooms import Key


class RepairOutdated(DomainError):
    """Meetings changed since the repairs were computed."""

    slug, title = "repair-outdated", _l("Meetings changed since")
    text = _l("Some of these meetings changed since the repairs were computed. Have them computed again.")


def apply(change_id: UUID, repair: str, *, by: Actor) -> PlanChange:
    """Do what a repair says, together with the closure or absence that it answers. Raises NotFound, IllegalMove, Invalid, RepairOutdated."""
    change = queries.get_change(change_id, by=by, lock=True)
    state = check_move(CHANGE_MOVES, change.state, ChangeState.APPLIED)
    if repair not in list(Kind):
        raise Invalid.field("repair", "code_unknown", gettext("Choose one of the repairs."))
    fair, loss = fairs.get(change.fair_id), repairing.loss_of(change)
    overdue = expiring.end_overdue(fair.id)
    steps: Sequence[Mapping[str, Any]] = change.repairs[repair]
    meetings = _locked(change, steps, loss)
    _check_interpreters(meetings, steps)
    told = [_changed(meetings[UUID(step["meeting_id"])], step, reason=change.reason, by=by) for step in steps if step["what"] != "added"]
    added = _added(change, [step for step in steps if step["what"] == "added"])
    wanted = _bookings([one.meeting for one in told if not one.dropped])
    helpers = interpreters.keys_of(row.interpreter_id for row, _ in added)
    for row, meeting in added:
        wanted |= publishing.bookings(row, meeting, helpers)
    own = {f"{kind}:{one.meeting.id}" for one in told for kind in ("meeting", "move")} | set(overdue)
    lost, dropped_moves = _loss(loss, own, reason=change.reason, change=change, by=by)
    if seating.rebook(wanted | lost, instead_of=own | dropped_moves):
        raise RepairOutdated()
    db.session.add_all(meeting for _, meeting in added)
    db.session.flush()
    for row, meeting in added:
        db.session.add(row)
        db.session.add_all(publishing.coming(row, meeting))
        audit.record("meetings.planned", f"meeting:{meeting.id}", by=by, fair_id=fair.id)
    change.state, change.chosen, change.finished_at = state, repair, now()
    db.session.flush()
    audit.record("scheduling.apply_change", f"change:{change.id}", by=by, fair_id=fair.id, repair=repair, meetings=len(steps))
    notices.changed(fair, [*told, *(Told(meeting) for _, meeting in added)], reason=change.reason)
    return change


def _locked(change: PlanChange, steps: Sequence[Mapping[str, Any]], loss: Loss) -> dict[UUID, Meeting]:
    """The meetings of a repair, as they were when it was computed. Raises RepairOutdated."""
    versions = {UUID(step["meeting_id"]): step["version"] for step in steps if step["what"] != "added"}
    query = select(Meeting).where(Meeting.id.in_(versions)).order_by(Meeting.id)
    rows = {row.id: row for row in db.session.scalars(query.with_for_update().execution_options(populate_existing=True))}
    broken_now = {str(row.id) for row in ahead.broken(loss, ahead.meetings(change.fair_id))}
    same = all(row.version == versions[row.id] and row.starts_at > now() for row in rows.values())
    if not same or len(rows) != len(versions) or broken_now != set(change.broken):
        raise RepairOutdated()
    return rows


def _check_interpreters(meetings: Mapping[UUID, Meeting], steps: Sequence[Mapping[str, Any]]) -> None:
    """Nobody is given a meeting who left since; who has one already keeps it. Raises RepairOutdated."""
    given = {
        UUID(step["interpreter_id"]) for step in steps
        if step.get("interpreter_id") and (step["what"] == "added" or UUID(step["interpreter_id"]) != meetings[UUID(step["meeting_id"])].interpreter_id)
    }  # fmt: skip
    left = select(Interpreter.id).where(Interpreter.id.in_(given), Interpreter.left_at.is_not(None))
    if given and db.session.scalar(left.limit(1)) is not None:
        raise RepairOutdated()


def _changed(meeting: Meeting, step: Mapping[str, Any], *, reason: str, by: Actor) -> Told:
    """Give a meeting its new time, place and interpreter, or cancel it. A proposed move is forgotten."""
    before = (meeting.starts_at, meeting.place_id)
    expiring.drop_move(meeting)
    meeting.sequence += 1
    if step["what"] == "dropped":
        meeting.status, meeting.reason, meeting.answered_at = check_move(MEETING_MOVES, meeting.status, MeetingStatus.CANCELLED), reason, now()
        audit.record("meetings.cancelled", f"meeting:{meeting.id}", by=by, fair_id=meeting.fair_id)
        return Told(meeting, before, dropped=True)
    meeting.starts_at, meeting.place_id = datetime.fromisoformat(step["starts_at"]), UUID(step["place_id"])
    meeting.interpreter_id = UUID(step["interpreter_id"]) if step["interpreter_id"] else None
    if meeting.status is MeetingStatus.REQUESTED:
        meeting.held_until = meeting_rules.held_until(now(), meeting.starts_at)
    audit.record("meetings.move", f"meeting:{meeting.id}", by=by, fair_id=meeting.fair_id)
    return Told(meeting, before)


def _bookings(meetings: Sequence[Meeting]) -> dict[Key, str]:
    """What these hold from now on."""
    people: dict[UUID, list[MeetingPerson]] = ahead.coming([meeting.id for meeting in meetings])
    found: dict[Key, str] = {}
    helpers = interpreters.keys_of(meeting.interpreter_id for meeting in meetings)
    for meeting in meetings:
        coming = [booking.person_key(one.person_id) for one in people.get(meeting.id, [])]
        keys = [booking.place_key(meeting.place_id), *coming, *helpers[meeting.interpreter_id]]
        found |= {(key, cell): f"meeting:{meeting.id}" for key in keys for cell in cells_of(meeting.starts_at, meeting.ends_at)}
    return found


def _added(change: PlanChange, steps: Sequence[Mapping[str, Any]]) -> list[tuple[PlannedMeeting, Meeting]]:
    """Further meetings of the published plan. Raises RepairOutdated when a wish was taken back, its two met or one said no, or who was to come left."""
    if not steps:
        return []
    plan = queries.published(change.fair_id)
    wishes = {row.id: row for row in db.session.scalars(select(MeetingWish).where(MeetingWish.id.in_([UUID(step["wish_id"]) for step in steps])))}
    wanted = {pair.wish.id: (pair.sender.person_id, pair.receiver.person_id) for pair in pairing.pairs(change.fair_id, only=_wishing(wishes)).pairs}
    same = all(wanted.get(UUID(step["wish_id"])) == (UUID(step["from_person_id"]), UUID(step["to_person_id"])) for step in steps)
    if plan is None or len(wishes) != len(steps) or not same:
        raise RepairOutdated()
    first = (db.session.scalar(select(func.max(PlannedMeeting.number)).where(PlannedMeeting.plan_id == plan.id)) or 0) + 1
    found = []
    for number, step in enumerate(steps, start=first):
        row = PlannedMeeting(plan_id=plan.id, number=number, **{name: _value(name, value) for name, value in step.items() if name != "what"})
        meeting = publishing.planned(change.fair_id, row, wishes[UUID(step["wish_id"])], now())
        row.meeting_id = meeting.id
        found.append((row, meeting))
    return found


def _wishing(wishes: Mapping[UUID, MeetingWish]) -> set[UUID]:
    return {wish.organization_id for wish in wishes.values()}


def _value(name: str, value: Any) -> Any:
    if name == "starts_at":
        return datetime.fromisoformat(value)
    return UUID(value) if name.endswith("_id") and value is not None else value


def _loss(loss: Loss, own: set[str], *, reason: str, change: PlanChange, by: Actor) -> tuple[dict[Key, str], set[str]]:
    """Write the closure or absence down; what it holds, and proposed moves that have to give way to it.

    What else a person has at that time, such as a session, stays theirs."""
    span = {"starts_at": loss.starts_at, "ends_at": loss.ends_at, "reason": reason, "created_at": now()}
    if loss.kind is ChangeKind.PLACE:
        closure = Closure(id=uuid7(), place_id=loss.subject_id, closed_by=by.person_id, **span)
        db.session.add(closure)
        holder = f"closure:{closure.id}"
    else:
        absence = Absence(id=uuid7(), fair_id=change.fair_id, created_by=by.person_id, **_whose(loss, change), **span)
        db.session.add(absence)
        if loss.kind is ChangeKind.ORGANIZATION:
            return {}, set()
        holder = f"absence:{absence.id}"
    wanted = {(key, cell): holder for key in _keys(loss) for cell in cells_of(loss.starts_at, loss.ends_at)}
    query = select(Booking.resource, Booking.cell, Booking.holder).where(tuple_(Booking.resource, Booking.cell).in_(sorted(wanted)))
    others = {(resource, cell): held for resource, cell, held in db.session.execute(query) if held not in own}
    moves = {held for held in others.values() if held.startswith("move:")}
    for meeting in db.session.scalars(select(Meeting).where(Meeting.id.in_([UUID(held.partition(":")[2]) for held in moves])).order_by(Meeting.id).with_for_update()):
        expiring.drop_move(meeting)
    if loss.kind is not ChangeKind.PLACE:
        wanted = {each: one for each, one in wanted.items() if others.get(each) is None or others[each] in moves}
    return wanted, moves


def _keys(loss: Loss) -> list[str]:
    """What is missing, as it is booked."""
    if loss.kind is ChangeKind.INTERPRETER:
        return interpreters.keys_of([loss.subject_id])[loss.subject_id]
    return [(booking.place_key if loss.kind is ChangeKind.PLACE else booking.person_key)(loss.subject_id)]


def _whose(loss: Loss, change: PlanChange) -> dict[str, UUID]:
    if loss.kind is ChangeKind.INTERPRETER:
        return {"interpreter_id": loss.subject_id}
    if loss.kind is ChangeKind.ORGANIZATION:
        return {"organization_id": loss.subject_id}
    known = repairing.people(change.fair_id).get(loss.subject_id)
    if known is None:
        raise RepairOutdated()
    return {"person_id": loss.subject_id, "organization_id": known[1]}
