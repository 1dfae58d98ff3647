"""The steps between the rounds: evaluate, wait for approval, pause and go on, promise a day; and what other domains make of a stage."""

from datetime import date, datetime, timedelta
from uuid import UUID

from flask_babel import format_date
from sqlalchemy import select

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now, today
from marketplace.core.db import db
from marketplace.core.errors import IllegalMove, Invalid
from marketplace.core.i18n import gettext
from marketplace.fairs.models import Fair
from marketplace.negotiations import events, queries, rules, steps
from marketplace.negotiations.models import MOVES, Negotiation, Round, Stage

LONGEST_PAUSE, LONGEST_PROMISE = timedelta(days=180), timedelta(days=60)


def take(negotiation_id: UUID, step: str, *, by: Actor) -> Negotiation:
    """One of `rules.STEPS`, by a side that may take it now (`rules.ACTS`).

    ``evaluate``: the recipient examines the technology. ``talk``: that is over. ``need_approval``: one's own people have to approve
    first. ``approve``: they did; ready to sign when no side waits any more. ``resume``: back to where the talks were paused.
    Raises NotFound, Forbidden, IllegalMove.
    """
    if step not in rules.STEPS:
        raise Invalid.field("step", "code_unknown", gettext("Choose one of the listed steps."))
    negotiation, rounds, at = steps.begin(negotiation_id, by=by)
    handed = queries.handover_of(negotiation.id) is not None
    if step not in rules.possible(negotiation, rounds, mine=steps.acting(by), at=at, handed=handed):
        raise IllegalMove(REFUSED[step]())
    told = {"evaluate": _evaluate, "talk": _talk, "need_approval": _need_approval, "approve": _approve, "resume": _resume}[step](
        negotiation, rounds, steps.acting(by), at
    )
    return steps.finish(step, negotiation, rounds, by=by, at=at, tell=told)


REFUSED = {
    "evaluate": lambda: gettext("An evaluation begins while you talk about terms, and once."),
    "talk": lambda: gettext("There is no evaluation that could be over."),
    "need_approval": lambda: gettext("An approval is asked for once terms are agreed, until the facts are handed over, and once."),
    "approve": lambda: gettext("Your side waits for no approval."),
    "resume": lambda: gettext("The talks are not paused."),
}


def _evaluate(negotiation: Negotiation, rounds: list[Round], mine: UUID, at: datetime) -> str:
    steps.move(negotiation, Stage.EVALUATION, at=at)
    return "evaluation"


def _talk(negotiation: Negotiation, rounds: list[Round], mine: UUID, at: datetime) -> str:
    steps.move(negotiation, rules.stage_of(rounds, secret=events.is_secret(negotiation.id)), at=at)
    return "evaluated"


def _need_approval(negotiation: Negotiation, rounds: list[Round], mine: UUID, at: datetime) -> str:
    if negotiation.stage is not Stage.APPROVAL:
        steps.move(negotiation, Stage.APPROVAL, at=at)
    _set_approving(negotiation, mine, at)
    return "approval"


def _approve(negotiation: Negotiation, rounds: list[Round], mine: UUID, at: datetime) -> str:
    _set_approving(negotiation, mine, None)
    if not rules.approving(negotiation):
        steps.move(negotiation, Stage.READY_TO_SIGN, at=at)
    return "approved"


def _set_approving(negotiation: Negotiation, side: UUID, since: datetime | None) -> None:
    if side == negotiation.provider_id:
        negotiation.provider_approving_since = since
    else:
        negotiation.recipient_approving_since = since


def _resume(negotiation: Negotiation, rounds: list[Round], mine: UUID, at: datetime) -> str:
    go_on(negotiation, at=at)
    return "resumed"


def go_on(negotiation: Negotiation, *, at: datetime) -> None:
    """From *paused* to the stage before it. Raises IllegalMove."""
    if negotiation.paused_from is None:
        raise IllegalMove(start=negotiation.stage.value, end=Stage.TALKING.value)
    steps.move(negotiation, negotiation.paused_from, at=at)


def pause(negotiation_id: UUID, until: date, *, note: str | None = None, by: Actor) -> Negotiation:
    """Let the talks rest until a day at the fair's place, tomorrow to 180 days ahead; the other side reads the note.

    Nobody has to move while they rest; a round's own time runs on. Raises NotFound, Forbidden, IllegalMove, Invalid.
    """
    negotiation, rounds, at = steps.begin(negotiation_id, by=by)
    if queries.handover_of(negotiation.id) is not None or negotiation.stage not in rules.RUNNING:
        raise IllegalMove(gettext("Talks are paused after the interest was accepted, and until the facts are handed over."))
    _in_days(until, negotiation.fair_id, longest=LONGEST_PAUSE, field="until")
    before = negotiation.stage
    steps.move(negotiation, Stage.PAUSED, at=at)
    negotiation.paused_from, negotiation.paused_until, negotiation.paused_note = before, until, note
    negotiation.paused_by_id, negotiation.paused_at = steps.acting(by), at
    return steps.finish("pause", negotiation, rounds, by=by, at=at, tell="paused")


def promise(negotiation_id: UUID, due_on: date, *, by: Actor) -> Negotiation:
    """The side that has to move names the day by which it will: today to 60 days ahead. Both read it; reminders go by it.

    Raises NotFound, Forbidden, IllegalMove (not one's move), Invalid.
    """
    negotiation, rounds, at = steps.begin(negotiation_id, by=by)
    if rules.whose_move(negotiation, rounds, at=at) != by.organization_id:
        raise IllegalMove(gettext("The side that has to move names the day."))
    _in_days(due_on, negotiation.fair_id, least=timedelta(0), longest=LONGEST_PROMISE, field="due_on")
    steps.finish("promise", negotiation, rounds, by=by, at=at, moved=False, tell="promised")
    negotiation.due_on = due_on
    db.session.flush()
    return negotiation


def _in_days(day: date, fair_id: UUID, *, least: timedelta = timedelta(days=1), longest: timedelta, field: str) -> None:
    here = today(db.session.get_one(Fair, fair_id).time_zone)
    if not here + least <= day <= here + longest:
        first, last = format_date(here + least, "medium"), format_date(here + longest, "medium")
        raise Invalid.field(field, "day_range", gettext("A day from %(first)s to %(last)s is expected.", first=first, last=last))


def keep_secret(negotiation_id: UUID, *, by: Actor) -> None:
    """Both sides confirmed an agreement of secrecy: talks that stand at *talking*, or rest there, are at *secrecy agreed* now."""
    negotiation, rounds, at = steps.begin(negotiation_id, by=by)
    if negotiation.stage is Stage.TALKING:
        steps.move(negotiation, Stage.NDA, at=at)
        steps.finish("nda", negotiation, rounds, by=by, at=at)
    elif negotiation.paused_from is Stage.TALKING:
        negotiation.paused_from = Stage.NDA
        steps.finish("nda", negotiation, rounds, by=by, at=at, moved=False)


def follow_contract(negotiation_id: UUID, *, signed: bool, by: Actor) -> None:
    """The contract that came of a thread was signed, or is not signed any more; the desk moves it without reading it."""
    query = select(Negotiation).where(Negotiation.id == negotiation_id).with_for_update()
    negotiation = db.session.scalars(query.execution_options(populate_existing=True)).one()
    end = Stage.SIGNED if signed else Stage.READY_TO_SIGN
    if end not in MOVES[negotiation.stage]:
        return  # it stands there already
    at = now()
    before = negotiation.stage
    steps.move(negotiation, end, at=at)
    negotiation.moved_at = at
    audit.record("negotiations.signed" if signed else "negotiations.unsigned", f"negotiation:{negotiation.id}", by=by, fair_id=negotiation.fair_id)
    steps.tell_stage(negotiation, before=before)
