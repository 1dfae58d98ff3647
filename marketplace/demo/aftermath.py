"""What became of the closed fair's intents, as both sides said it by their links: some signed, some talk, some dropped, some silent."""

from typing import Any

from sqlalchemy import select

from marketplace.contracts.models import Contract
from marketplace.core.clock import today
from marketplace.core.db import db
from marketplace.demo.vocabulary import patterns
from marketplace.fairs.models import Fair
from marketplace.followups import queries, service
from marketplace.followups.models import FollowUp, Outcome, Side

_STORIES: tuple[dict[int, tuple[Outcome | None, Outcome | None]], ...] = (
    {30: (Outcome.TALKING, Outcome.TALKING), 90: (Outcome.SIGNED, Outcome.SIGNED)},
    {30: (Outcome.TALKING, None), 90: (Outcome.TALKING, Outcome.DROPPED)},
    {30: (Outcome.SIGNED, Outcome.SIGNED)},
    {30: (Outcome.TALKING, Outcome.TALKING), 90: (Outcome.TALKING, Outcome.TALKING), 180: (Outcome.SIGNED, Outcome.SIGNED)},
    {30: (Outcome.TALKING, Outcome.TALKING), 180: (Outcome.SIGNED, Outcome.TALKING)},
    {},
)
"""By horizon what (provider, recipient) say; intents take them in turn."""


def tell(fair: Fair) -> None:
    """Make the follow-ups that are due and let the sides answer. The mails that this asks for are the caller's to take back."""
    day = today(fair.time_zone)
    intents = db.session.scalars(select(Contract).where(Contract.fair_id == fair.id, *queries.OPEN_INTENT).order_by(Contract.reference))
    for number, intent in enumerate(list(intents)):
        story = _STORIES[number % len(_STORIES)]
        for followup in service.make(intent.id, today=day, address="/followup/{secret}"):
            for side, outcome in zip(Side, story.get(followup.days, (None, None)), strict=True):
                if outcome is not None:
                    _answer(followup, side, outcome, number=number)


def _answer(followup: FollowUp, side: Side, outcome: Outcome, *, number: int) -> None:
    signed = outcome is Outcome.SIGNED
    reasons = patterns()["void_reason"]
    said: dict[str, Any] = {
        "outcome": outcome, "name": "Sample signatory", "contract_reference": None,
        "reason": reasons[number % len(reasons)].en if outcome is Outcome.DROPPED else None,
        "amount_minor": (number + 2) * 250_000_000 if signed else None, "currency": "CNY" if signed else None,
    }  # fmt: skip
    service.answer_by_link(service.new_link(followup, side, by=None), said)
