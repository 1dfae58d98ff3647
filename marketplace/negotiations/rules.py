"""Whose move it is, which side an asker takes, what an agreement needs, and what is handed over: without database or clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from marketplace.core.errors import Invalid
from marketplace.core.i18n import gettext
from marketplace.negotiations.models import Negotiation, Round, RoundStatus, Stage
from marketplace.organizations.models import Organization


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """One side's terms. None means left open; ``undisclosed`` that the amount will not be stated; ``royalty_bp`` 250 is 2.5 %."""

    amount_minor: int | None = None
    technology_amount_minor: int | None = None
    currency: str | None = None
    undisclosed: bool = False
    kind: str | None = None
    exclusivity: str | None = None
    royalty_bp: int | None = None
    valid_until: datetime | None = None
    note: str | None = None


TERM_NAMES = ("amount_minor", "technology_amount_minor", "kind", "exclusivity", "royalty_bp", "valid_until", "note")


@dataclass(frozen=True, slots=True)
class Sides:
    """Who gives and who takes the technology."""

    provider_id: UUID
    recipient_id: UUID


def sides(asker: UUID, *, achievement_owner: UUID | None, need_owner: UUID | None) -> Sides:
    """The asker provides when the listing asked about is a need, and receives when it is an achievement.

    A listing named beside it must be the asker's own. Raises Invalid ``own_listing`` or ``companion_foreign``.
    """
    if achievement_owner not in (None, asker) and need_owner in (None, asker):
        return Sides(achievement_owner, asker)  # type: ignore[arg-type]
    if need_owner not in (None, asker) and achievement_owner in (None, asker):
        return Sides(asker, need_owner)  # type: ignore[arg-type]
    if need_owner in (None, asker) and achievement_owner in (None, asker):
        name = "achievement_id" if achievement_owner else "need_id"
        raise Invalid.field(name, "own_listing", gettext("This is your own organisation's: ask about somebody else's."))
    raise Invalid.field("need_id", "companion_foreign", gettext("Beside the one you ask about, name only a listing of your own."))


def pair_key(pair: Sides, *, achievement_id: UUID | None, need_id: UUID | None) -> str:
    """The name of a pair, the same from whichever side it is asked."""
    return ":".join(str(part or "-") for part in (pair.provider_id, pair.recipient_id, achievement_id, need_id))


def standing(made: Round, at: datetime) -> RoundStatus:
    """The status of a round at a moment: an open one whose time ran out is expired, even before that is written down."""
    ran_out = made.valid_until is not None and made.valid_until <= at
    return RoundStatus.EXPIRED if made.status is RoundStatus.OPEN and ran_out else made.status


def open_round(rounds: Sequence[Round], at: datetime) -> Round | None:
    """The round that waits for an answer."""
    return next((made for made in reversed(rounds) if standing(made, at) is RoundStatus.OPEN), None)


def names_owner(negotiation: Negotiation, *, to: UUID, anonymous: bool) -> bool:
    """Whether a side reads who the other one is: who asked about an ``anonymous`` listing does once its owner accepted."""
    accepted = negotiation.stage in (Stage.TALKING, Stage.AGREED, Stage.LOST)
    return accepted or not anonymous or to != negotiation.asked_by_id


def whose_move(negotiation: Negotiation, rounds: Sequence[Round], *, at: datetime) -> UUID | None:
    """The organisation that the thread waits for; None once it is agreed (either hands over) or ended.

    An interest waits for who was asked. Without a round the provider opens. An open round waits for the other side; one
    that was withdrawn or ran out waits for who made it. ``rounds`` in the order of their numbers.
    """
    if negotiation.stage is Stage.INTEREST:
        return negotiation.answered_by_id
    if negotiation.stage is not Stage.TALKING:
        return None
    if not rounds:
        return negotiation.provider_id
    last = rounds[-1]
    return negotiation.other_side(last.organization_id) if standing(last, at) is RoundStatus.OPEN else last.organization_id


def lacking(made: Terms | Round) -> list[str]:
    """The names of what must be stated before these terms can be agreed: amount (or undisclosed), currency, kind."""
    missing = [] if made.amount_minor is not None or made.undisclosed else ["amount"]
    return missing + [name for name in ("currency", "kind") if getattr(made, name) is None]


def changed(made: Round, before: Round | None) -> frozenset[str]:
    """The names of the terms that differ from the round before; none of the first round."""
    if before is None:
        return frozenset()
    names = {name for name in TERM_NAMES if name != "note" and getattr(made, name) != getattr(before, name)}
    if (made.undisclosed, made.amount_minor and made.currency) != (before.undisclosed, before.amount_minor and before.currency):
        names.add("amount_minor")
    return frozenset(names)


def possible(negotiation: Negotiation, rounds: Sequence[Round], *, mine: UUID, at: datetime, handed: bool) -> frozenset[str]:
    """What an organisation can do now: accept, decline, withdraw, offer, withdraw_round, agree, lose, hand_over."""
    if negotiation.stage is Stage.INTEREST:
        return frozenset({"withdraw"}) if mine == negotiation.asked_by_id else frozenset({"accept", "decline"})
    if negotiation.stage is Stage.AGREED and not handed:
        return frozenset({"hand_over", "lose"})
    if negotiation.stage is not Stage.TALKING:
        return frozenset()
    waiting = open_round(rounds, at)
    if waiting is None:
        return frozenset({"offer", "lose"})
    if waiting.organization_id == mine:
        return frozenset({"withdraw_round", "lose"})
    return frozenset({"offer", "agree", "lose"}) if not lacking(waiting) else frozenset({"offer", "lose"})


def handover_facts(
    agreed: Round, *, provider: Organization, recipient: Organization, titles: tuple[str | None, str | None], time_zone: str
) -> dict[str, Any]:
    """Exactly what the contract desk gets, as JSON; nothing else of the thread is copied. ``titles``: (English, Chinese)."""
    if agreed.answered_at is None or lacking(agreed):
        raise ValueError("only an agreed round has facts")
    parties = [
        {"role": role, "name": side.name, "country": side.country, "organization_id": str(side.id)}
        for role, side in (("provider", provider), ("recipient", recipient))
    ]
    return {
        "title_en": titles[0],
        "title_zh": titles[1],
        "parties": parties,
        "kind": agreed.kind,
        "total_minor": agreed.amount_minor,
        "technology_minor": agreed.technology_amount_minor,
        "currency": agreed.currency,
        "agreed_on": agreed.answered_at.astimezone(ZoneInfo(time_zone)).date().isoformat(),
    }


def side_to_move(negotiation: Negotiation, rounds: Sequence[Round], *, at: datetime, handed: bool) -> str:
    """For staff, who learn the side and not the name: provider, recipient, either (agreed, not handed over) or nobody."""
    move_of = whose_move(negotiation, rounds, at=at)
    if move_of is not None:
        return "provider" if move_of == negotiation.provider_id else "recipient"
    return "either" if negotiation.stage is Stage.AGREED and not handed else "nobody"
