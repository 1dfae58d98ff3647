"""What every step of a thread has in common: find it under a lock, write down whose move it is now, tell the other side."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import inspect

from marketplace import webhooks
from marketplace.core import audit, jobs
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import Forbidden, IllegalMove
from marketplace.core.i18n import gettext
from marketplace.fairs.models import Fair
from marketplace.negotiations import due, queries, rules
from marketplace.negotiations.models import MOVES, ROUND_MOVES, STOPPED, Negotiation, Round, RoundStatus, Stage
from marketplace.negotiations.wording import STAGE_LABELS
from marketplace.organizations import conflicts

TOLD = {
    "accepted": "interest.accepted", "declined": "interest.declined", "round": "negotiation.round",
    "reopened": "negotiation.round", "agreed": "negotiation.agreed",
    "lost": "negotiation.lost",
}  # fmt: skip
"""What both sides' own programs are told; of an interest only the one that was asked."""


def acting(by: Actor) -> UUID:
    """The organisation acted for. Raises Forbidden without one, or without the right to negotiate for it."""
    by.require("negotiations.write")
    if by.organization_id is None:
        raise Forbidden()
    return by.organization_id


def begin(negotiation_id: UUID, *, by: Actor) -> tuple[Negotiation, list[Round], datetime]:
    """The thread under its lock, its rounds, and this moment; rounds that ran out are marked so. Raises NotFound, Forbidden,
    ConflictOfInterest (they act for the other side as well)."""
    negotiation = queries.get(negotiation_id, by=by, lock=True)
    acting(by)
    conflicts.check(by, others={negotiation.other_side(by.organization_id)}, subject=f"negotiation:{negotiation.id}")
    rounds, at = queries.rounds_of(negotiation.id), now()
    for made in rounds:
        if made.status is RoundStatus.OPEN and rules.standing(made, at) is RoundStatus.EXPIRED:
            close_round(made, RoundStatus.EXPIRED, at=at)
    return negotiation, rounds, at


def move(negotiation: Negotiation, stage: Stage, *, at: datetime) -> None:
    """To another stage; an ended thread frees its pair. Raises IllegalMove."""
    before = negotiation.stage
    if stage not in MOVES[before]:
        raise IllegalMove(gettext("This thread stands at “%(stage)s”: the step does not lead on from there.", stage=STAGE_LABELS[before]))
    negotiation.stage = stage
    negotiation.paused_from = negotiation.paused_until = None
    if stage not in (Stage.APPROVAL, Stage.PAUSED):
        negotiation.provider_approving_since = negotiation.recipient_approving_since = None
    if stage in STOPPED:
        negotiation.ended_at, negotiation.open_key = at, None


def close_round(made: Round, status: RoundStatus, *, at: datetime, by: Actor | None = None) -> None:
    """End a round. Raises IllegalMove when it is not open."""
    if status not in ROUND_MOVES[made.status]:
        raise IllegalMove(gettext("Round %(number)s is not open any more.", number=made.number))
    made.status = status
    made.answered_at, made.answered_by_person_id = at, by.person_id if by else None


def finish(
    action: str, negotiation: Negotiation, rounds: list[Round], *, by: Actor | None, at: datetime, tell: str | None = None, moved: bool = True
) -> Negotiation:
    """Write down the step: whose move it is now and by when, one audit row without terms, and mail to the other side's owners.

    A step that leaves all of that as it was is not ``moved``. By nobody: the clock did it, and both sides are told.
    """
    before = stage_before(negotiation)
    if moved:
        set_move(negotiation, rounds, at=at)
    audit.record(f"negotiations.{action}", f"negotiation:{negotiation.id}", by=by, fair_id=negotiation.fair_id, stage=negotiation.stage.value)
    if tell is not None:
        told = [side for side in (negotiation.provider_id, negotiation.recipient_id) if by is None or side != by.organization_id]
        for side in told:
            jobs.enqueue("negotiations.tell", step=tell, negotiation_id=str(negotiation.id), organization_id=str(side))
        if by is not None:
            _tell_programs(tell, negotiation, other=negotiation.other_side(by.organization_id), by=by)
    tell_stage(negotiation, before=before)
    db.session.flush()  # so that the answer carries the version that the next change must name
    return negotiation


def stage_before(negotiation: Negotiation) -> Stage | None:
    """The stage that this step moved the thread away from; None while nothing moved, and once it is written."""
    changed = inspect(negotiation).attrs.stage.history
    return changed.deleted[0] if changed.added and changed.deleted else None


def tell_stage(negotiation: Negotiation, *, before: Stage | None) -> None:
    """Tell both sides' own programs that the thread stands at another stage; nothing of why."""
    if before is not None and before is not negotiation.stage:
        told = _message(negotiation) | {"stage": negotiation.stage.value, "before": before.value}
        webhooks.emit_many("negotiation.stage_changed", [(side, told) for side in (negotiation.provider_id, negotiation.recipient_id)])


def set_move(negotiation: Negotiation, rounds: list[Round], *, at: datetime) -> None:
    """Whose move it is after a step, and by which day it is expected."""
    negotiation.moved_at = at
    negotiation.move_of_id = rules.whose_move(negotiation, rounds, at=at)
    if negotiation.move_of_id is None:
        negotiation.due_on = None
        return
    waiting = rules.open_round(rounds, at)
    with db.session.no_autoflush:  # one version a step
        zone, days = db.session.get_one(Fair, negotiation.fair_id).time_zone, queries.days_of(negotiation.fair_id)
    negotiation.due_on = due.expected(
        negotiation.stage, at.astimezone(ZoneInfo(zone)).date(), days, valid_until=waiting.valid_until if waiting else None, time_zone=zone
    )


def _message(negotiation: Negotiation) -> dict[str, Any]:
    return {"reference": negotiation.reference, "id": negotiation.id, "fair_id": negotiation.fair_id, "path": f"/negotiations/{negotiation.id}"}


def _tell_programs(step: str, negotiation: Negotiation, *, other: UUID, by: Actor) -> None:
    message = _message(negotiation)
    if step == "interest":
        webhooks.emit("interest.received", other, message)
    elif step in TOLD:
        webhooks.emit_many(TOLD[step], [(other, message | {"by_us": False}), (acting(by), message | {"by_us": True})])
