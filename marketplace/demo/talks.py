"""Holds the sample's talks: an organisation asks, the other accepts, both lay terms on the table, and some agree."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from marketplace.accounts.models import Person
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.demo.people import acting
from marketplace.demo.plan import Negotiation, Round
from marketplace.disclosure import agreements
from marketplace.disclosure.models import Template
from marketplace.fairs.models import Fair
from marketplace.listings.models import Kind
from marketplace.negotiations import handover, interest, rounds
from marketplace.negotiations.rules import Terms


def hold(
    fair: Fair, planned: Sequence[Negotiation], *, listings: Mapping[Kind, Mapping[int, UUID]], owners: Mapping[int, Person]
) -> list[UUID]:  # fmt: skip
    """Bring each negotiation to its last round, or to the contract desk; their ids in order. Raises DomainError."""
    db.session.flush()
    return [_hold(fair, each, listings=listings, owners=owners) for each in planned]


def _hold(
    fair: Fair, planned: Negotiation, *, listings: Mapping[Kind, Mapping[int, UUID]], owners: Mapping[int, Person]
) -> UUID:  # fmt: skip
    sides = {"interested": acting(owners[planned.interested]), "owner": acting(owners[planned.owner])}
    thread, _ = interest.ask(
        achievement_id=listings[Kind.ACHIEVEMENT][planned.achievement],
        need_id=None if planned.need is None else listings[Kind.NEED][planned.need],
        fair=fair.slug, cooperation_wanted=planned.rounds[0].kind, question=_both(planned.question_en, planned.question_zh),
        by=sides["interested"],
    )  # fmt: skip
    interest.accept(thread.id, by=sides["owner"])
    for each in planned.rounds:
        rounds.offer(thread.id, _terms(each), by=sides[each.by])
    if not planned.handed_over:
        _secrecy(thread.id, by=sides["owner"])
    if planned.handed_over:
        rounds.agree(thread.id, len(planned.rounds), by=sides["owner" if planned.rounds[-1].by == "interested" else "interested"])
        handover.hand_over(thread.id, by=sides["interested"])
    return thread.id


def _secrecy(negotiation_id: UUID, *, by: Actor) -> None:
    """An agreement of secrecy that waits for the other side."""
    proposed = agreements.propose(negotiation_id, template=Template.MUTUAL, ends_on=now().date() + timedelta(days=365), by=by)
    agreements.confirm(proposed.id, proposed.content_hash, by=by)


def _terms(planned: Round) -> Terms:
    return Terms(
        amount_minor=planned.amount_minor, currency=planned.currency, kind=planned.kind, exclusivity=planned.exclusivity,
        royalty_bp=planned.royalty_bp, valid_until=now() + timedelta(days=planned.valid_days), note=_both(planned.note_en, planned.note_zh),
    )  # fmt: skip


def _both(en: str, zh: str) -> str:
    """Both sides read their language."""
    return f"{en}\n\n{zh}"
