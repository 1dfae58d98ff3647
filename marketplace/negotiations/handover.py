"""The hand-over: of an agreed thread only the facts go to the contract desk, never a round or a note."""

from typing import Any
from uuid import UUID

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, IllegalMove
from marketplace.core.i18n import gettext
from marketplace.listings.owners import Unnamed
from marketplace.negotiations import events, queries, rules, steps
from marketplace.negotiations.models import Handover, Stage
from marketplace.negotiations.points import asking

HANDED_FROM = rules.ACTS["hand_over"][0]


def preview(thread: queries.Thread) -> dict[str, Any]:
    """Exactly the facts that `hand_over` would copy. Raises IllegalMove before agreement."""
    agreed = thread.agreed
    if thread.negotiation.stage is Stage.APPROVAL:
        raise IllegalMove(gettext("A side waits for its own approval: the facts are handed over when it is given."))
    if thread.negotiation.stage not in HANDED_FROM or agreed is None:
        raise IllegalMove(gettext("Facts are handed over once both sides agreed."))
    provider, recipient = thread.provider, thread.recipient
    if isinstance(provider, Unnamed) or isinstance(recipient, Unnamed):
        raise IllegalMove()  # who agreed knows the other side
    return rules.handover_facts(
        agreed,
        provider=provider,
        recipient=recipient,
        titles=(thread.about.title_en, thread.about.title_zh),
        time_zone=thread.fair.time_zone,
    )


def hand_over(negotiation_id: UUID, *, accept_open_points: bool = False, by: Actor) -> Handover:
    """Copy the agreed facts to the fair's contract desk, once; the thread ends and its pair is free for another deal.

    Announces `events.handed_over` in this transaction. Raises NotFound, Forbidden, IllegalMove, DomainError (done already),
    PointsOpen.
    """
    negotiation, rounds, at = steps.begin(negotiation_id, by=by)
    if queries.handover_of(negotiation.id) is not None:
        raise DomainError(gettext("The agreed facts are at the contract desk already."))
    facts = preview(queries.thread(negotiation.id, by=by))
    asking.check(negotiation.id, accepted=accept_open_points)
    row = Handover(
        negotiation_id=negotiation.id, reference=negotiation.reference, fair_id=negotiation.fair_id, facts=facts,
        handed_at=at, handed_by=by.person_id, organization_id=steps.acting(by),
    )  # fmt: skip
    db.session.add(row)
    if negotiation.stage is not Stage.READY_TO_SIGN:  # nobody needs an approval
        steps.move(negotiation, Stage.READY_TO_SIGN, at=at)
    negotiation.ended_at, negotiation.open_key = at, None
    steps.finish("hand_over", negotiation, rounds, by=by, at=at, tell="handed_over")
    events.handed_over.send(row, by=by)
    return row


def take(handover_id: UUID, *, by: Actor) -> Handover:
    """A clerk of that fair takes the facts into a contract; once. Raises NotFound, DomainError (taken already)."""
    row = queries.handover(handover_id, by=by, lock=True)
    if row.taken_at is not None:
        raise DomainError(gettext("A clerk has taken these facts already."))
    row.taken_at, row.taken_by = now(), by.person_id
    audit.record("negotiations.take", f"negotiation:{row.negotiation_id}", by=by, fair_id=row.fair_id)
    return row
