"""Proposing a pair to both sides, taking it back, putting it up again, and what each side answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from marketplace.core import audit, jobs
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Duplicate, IllegalMove, Invalid, NotFound
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.states import check_move
from marketplace.coverage import queries, rules, suggesting
from marketplace.coverage.models import MOVES, OPEN, Answer, Proposal, ProposalSide, Side, State
from marketplace.fairs.models import Fair
from marketplace.negotiations import events
from marketplace.negotiations.models import Negotiation
from marketplace.taxonomy.vocabularies import DISMISS_REASONS

OTHER_REASON = "other"


class FairIsOver(DomainError):
    slug, title = "fair-closed", _l("This fair is closed")
    text = _l("A closed fair proposes nobody any more, and takes no answers.")


class ProposedAlready(Duplicate):
    text = _l("This pair is proposed at this fair already, and the proposal is open.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What the fair's staff write to a side, in either language or both, or not at all."""

    en: str | None = None
    zh: str | None = None


NOTHING = Note()


def propose(
    fair: Fair, need_id: UUID, achievement_id: UUID, *, notes: Mapping[Side, Note], confirm_broken: bool = False, by: Actor
) -> Proposal:  # fmt: skip
    """Propose a pair that the fair shows to both owners, who hear of it by mail.

    Raises NotFound, FairIsOver, ProposedAlready, and Invalid for one owner of both or for a broken condition that was not confirmed.
    """
    _staff(fair, by)
    found = suggesting.pair(fair, need_id, achievement_id)
    if found.broken and not confirm_broken:
        raise Invalid.field("confirm_broken", "conditions_broken", gettext("A condition is not met: confirm that you propose it all the same."))
    moment = now()
    row = Proposal(
        fair_id=fair.id, need_id=need_id, achievement_id=achievement_id, state=State.PROPOSED,
        open_key=rules.pair_key(fair.id, need_id, achievement_id), broken=[line.code.value for line in found.broken],
        proposed_by=by.person_id, proposed_at=moment, moved_at=moment,
    )  # fmt: skip
    _keep(row)
    owners = {Side.PROVIDER: found.achievement.organization_id, Side.RECIPIENT: found.need.organization_id}
    for side, organization_id in owners.items():
        note = notes.get(side, NOTHING)
        db.session.add(ProposalSide(
            proposal_id=row.id, side=side, organization_id=organization_id, note_en=note.en, note_zh=note.zh, proposed_at=moment, changed_at=moment,
        ))  # fmt: skip
    _record("propose", row, by=by, need=str(need_id), achievement=str(achievement_id), broken=row.broken)
    _tell("proposed", row)
    db.session.flush()
    return row


def withdraw(fair: Fair, proposal_id: UUID, *, by: Actor) -> Proposal:
    """Take an open proposal back. Raises NotFound, IllegalMove, FairIsOver."""
    row = _staffed(fair, proposal_id, by=by)
    _move(row, State.WITHDRAWN)
    _touch(row)
    _record("withdraw", row, by=by)
    db.session.flush()
    return row


def restore(fair: Fair, proposal_id: UUID, *, by: Actor) -> Proposal:
    """Undo a withdrawal: it is open again, with the answers that it had. Raises as `withdraw`, and ProposedAlready."""
    row = _staffed(fair, proposal_id, by=by)
    if row.state is not State.WITHDRAWN:
        raise IllegalMove(start=row.state.value, end=State.PROPOSED.value)
    _move(row, rules.state_of(side.answer for side in _sides(row)))
    _touch(row)
    _record("restore", row, by=by)
    db.session.flush()
    return row


def answer(
    proposal_id: UUID, given: Answer, *, reason: str | None = None, reply: str | None = None, by: Actor
) -> ProposalSide:  # fmt: skip
    """Say for one's organisation whether it is interested; the fair's staff read it, the other side only that both are.

    ``reason`` is a code of DISMISS_REASONS for a "no", ``reply`` words for the staff. Raises NotFound, Forbidden,
    IllegalMove when it was withdrawn or the talks began, FairIsOver, Invalid.
    """
    if given is Answer.DECLINED and reason is None:
        raise Invalid.field("reason", "required", gettext("Say why not, with one of the listed reasons."))
    if given is Answer.DECLINED and reason not in DISMISS_REASONS:
        raise Invalid.field("reason", "code_unknown", gettext("Choose one of the listed reasons."))
    if reason == OTHER_REASON and given is Answer.DECLINED and not reply:
        raise Invalid.field("reply", "text_empty", gettext("Say in a few words what the reason is."))
    row, side = _answering(proposal_id, by=by)
    moment = now()
    side.answer, side.answered_at, side.answered_by = given, moment, by.person_id
    side.reason, side.reply, side.changed_at = reason if given is Answer.DECLINED else None, reply, moment
    _settle(row, side, by=by, action="answer", answer=given.value)
    return side


def take_back(proposal_id: UUID, *, by: Actor) -> ProposalSide:
    """Take one's answer back: it waits again. Raises as `answer`, and NotFound when nothing was answered."""
    row, side = _answering(proposal_id, by=by)
    if side.answer is None:
        raise NotFound()
    side.answer = side.answered_at = side.answered_by = side.reason = side.reply = None
    side.changed_at = now()
    _settle(row, side, by=by, action="take_back")
    return side


def _settle(row: Proposal, side: ProposalSide, *, by: Actor, action: str, **facts: Any) -> None:
    """Move the proposal to where its two answers put it; the other side hears only when both are interested."""
    before = row.state
    _move(row, rules.state_of(each.answer for each in _sides(row)))
    if (row.state is State.WANTED) is not (before is State.WANTED):
        _touch(row, but=side.side)  # what the other side sees has changed too
    _record(action, row, by=by, side=side.side.value, **facts)
    if row.state is State.WANTED and before is not State.WANTED:
        _tell("both", row)
    db.session.flush()


@events.began.connect
def on_negotiation_began(negotiation: Negotiation, *, by: Actor) -> None:
    """The two sides of an open proposal began to talk about it: it has done its work."""
    query = select(Proposal).where(Proposal.fair_id == negotiation.fair_id, Proposal.state.in_(OPEN)).with_for_update()
    named = [(Proposal.need_id, negotiation.need_id), (Proposal.achievement_id, negotiation.achievement_id)]
    for column, listing_id in named:
        query = query if listing_id is None else query.where(column == listing_id)
    parties = {Side.PROVIDER: negotiation.provider_id, Side.RECIPIENT: negotiation.recipient_id}
    for row in db.session.scalars(query.order_by(Proposal.id)):
        if {side.side: side.organization_id for side in _sides(row)} == parties:
            _move(row, State.TALKING)
            _touch(row)
            _record("talks", row, by=by)


def _staff(fair: Fair, by: Actor) -> None:
    if fair.id not in by.fairs_where("coverage.write"):
        raise NotFound()
    if fair.closed_at is not None:
        raise FairIsOver()


def _staffed(fair: Fair, proposal_id: UUID, *, by: Actor) -> Proposal:
    _staff(fair, by)
    return queries.get(fair, proposal_id, lock=True)


def _answering(proposal_id: UUID, *, by: Actor) -> tuple[Proposal, ProposalSide]:
    """The proposal under its lock and one's own side of it, while it can be answered."""
    row, side = queries.own_locked(proposal_id, by=by)
    by.require("proposals.answer")
    if db.session.get_one(Fair, row.fair_id).closed_at is not None:
        raise FairIsOver()
    if row.state in (State.TALKING, State.WITHDRAWN):
        raise IllegalMove(start=row.state.value, end="answered")
    return row, side


def _sides(row: Proposal) -> list[ProposalSide]:
    return list(db.session.scalars(select(ProposalSide).where(ProposalSide.proposal_id == row.id).order_by(ProposalSide.side)))


def _move(row: Proposal, state: State) -> None:
    """To another state; only an open proposal holds its pair. Raises IllegalMove, ProposedAlready."""
    row.state, row.moved_at = check_move(MOVES, row.state, state), now()
    row.open_key = rules.pair_key(row.fair_id, row.need_id, row.achievement_id) if state in OPEN else None
    _keep(row)


def _keep(row: Proposal) -> None:
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError as error:  # another one of the pair is open
        raise ProposedAlready() from error


def _touch(row: Proposal, *, but: Side | None = None) -> None:
    """What the sides see of it has changed: their versions tell."""
    for side in _sides(row):
        if side.side is not but:
            side.changed_at = now()


def _record(action: str, row: Proposal, *, by: Actor, **facts: Any) -> None:
    audit.record(f"coverage.{action}", f"proposal:{row.id}", by=by, fair_id=row.fair_id, state=row.state.value, **facts)


def _tell(step: str, row: Proposal) -> None:
    for side in Side:
        jobs.enqueue("coverage.tell", step=step, proposal_id=str(row.id), side=side.value)
