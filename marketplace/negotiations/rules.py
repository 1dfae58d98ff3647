"""Whose move it is, which side an asker takes, what an agreement needs, and what is handed over: without database or clock."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from marketplace.core.errors import Invalid
from marketplace.core.i18n import gettext
from marketplace.negotiations.models import ACCEPTED, MOVES, Negotiation, Reveal, Round, RoundStatus, Stage
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


def names_other(negotiation: Negotiation, *, to: UUID, anonymous: bool) -> bool:
    """Whether a side reads who the other one is.

    Once the interest is accepted both do, for good. Before, who asked about an ``anonymous`` listing does not know its owner,
    and who was asked does not know an asker that reveals itself on acceptance.
    """
    if negotiation.stage in ACCEPTED:
        return True
    return not anonymous if to == negotiation.asked_by_id else negotiation.reveal is not Reveal.ON_ACCEPTANCE


def names_in(text: str, name: str) -> bool:
    """Whether a text writes a name: in Latin letters as words of its own, in others anywhere."""
    pattern = re.escape(name.casefold())
    return re.search(rf"(?<!\w){pattern}(?!\w)" if name.isascii() else pattern, text.casefold()) is not None


def approving(negotiation: Negotiation) -> list[UUID]:
    """The sides that wait for their own people's approval, the one that waits longest first."""
    waits = [
        (since, side)
        for since, side in (
            (negotiation.provider_approving_since, negotiation.provider_id), (negotiation.recipient_approving_since, negotiation.recipient_id)
        )
        if since is not None
    ]  # fmt: skip
    return [side for _, side in sorted(waits, key=lambda wait: wait[0])]


def whose_move(negotiation: Negotiation, rounds: Sequence[Round], *, at: datetime) -> UUID | None:
    """The organisation that the thread waits for; None once terms are agreed (either hands over), while paused, or at the end.

    An interest waits for who was asked, an evaluation for the recipient, an approval for the side that needs it. Without a
    round the provider opens. An open round waits for the other side; one that was withdrawn or ran out waits for who made it.
    ``rounds`` in the order of their numbers.
    """
    stage = negotiation.stage
    if stage is Stage.INTEREST:
        return negotiation.answered_by_id
    if stage is Stage.EVALUATION:
        return negotiation.recipient_id
    if stage is Stage.APPROVAL:
        return next(iter(approving(negotiation)), None)
    if stage not in BARGAINING:
        return None
    if not rounds:
        return negotiation.provider_id
    last = rounds[-1]
    return negotiation.other_side(last.organization_id) if standing(last, at) is RoundStatus.OPEN else last.organization_id


BARGAINING = frozenset({Stage.TALKING, Stage.NDA, Stage.EVALUATION, Stage.TERMS_PROPOSED, Stage.COUNTERED})
"""The stages in which rounds are made and answered."""
RUNNING = frozenset(stage for stage, ends in MOVES.items() if Stage.PAUSED in ends)
"""The stages that can be paused: the interest was accepted, and the deal is neither signed nor lost."""


AGREED = frozenset({Stage.TERMS_AGREED, Stage.APPROVAL, Stage.READY_TO_SIGN})
"""The stages at which terms are agreed; a new round opens them again until the facts are handed over."""


def agreed_round(rounds: Sequence[Round]) -> Round | None:
    """The round that both sides agreed to, unless it was opened again."""
    return next((made for made in rounds if made.status is RoundStatus.AGREED), None)


def stage_of(rounds: Sequence[Round], *, secret: bool) -> Stage:
    """The stage that the rounds say: *countered* when the last one answered the other side's; without any *secrecy agreed* while an
    agreement of secrecy is in force (``secret``), else *talking*."""
    if not rounds:
        return Stage.NDA if secret else Stage.TALKING
    return Stage.COUNTERED if len(rounds) > 1 and rounds[-2].status is RoundStatus.COUNTERED else Stage.TERMS_PROPOSED


def repeats(terms: Terms, made: Round) -> bool:
    """Whether terms say what a round says already: the same numbers and codes, and no new note or validity."""
    names = ("amount_minor", "technology_amount_minor", "currency", "undisclosed", "kind", "exclusivity", "royalty_bp")
    same = all(getattr(terms, name) == getattr(made, name) for name in names)
    return same and terms.note in (None, made.note) and terms.valid_until in (None, made.valid_until)


def lacking(made: Terms | Round) -> list[str]:
    """The names of what must be stated before these terms can be agreed: amount (or undisclosed), currency, kind."""
    missing = [] if made.amount_minor is not None or made.undisclosed else ["amount"]
    return missing + [name for name in ("currency", "kind") if getattr(made, name) is None]


def changed(made: Round, before: Round | None) -> frozenset[str]:
    """The names of the terms that differ from the round before; none of the first round."""
    if before is None:
        return frozenset()
    names = {name for name in TERM_NAMES if name != "note" and _as_read(made, name) != _as_read(before, name)}
    if (made.undisclosed, made.amount_minor and made.currency) != (before.undisclosed, before.amount_minor and before.currency):
        names.add("amount_minor")
    return frozenset(names)


def _as_read(made: Round, name: str) -> Any:
    """A term as precisely as pages say it: of a moment the minute."""
    value = getattr(made, name)
    return value.replace(second=0, microsecond=0) if isinstance(value, datetime) else value


ASKER, ASKED, EITHER, MAKER, ANSWERER, OPENER, APPROVER, OTHER_APPROVER, MOVER = (
    "asker", "asked", "either", "maker", "answerer", "opener", "approver", "other_approver", "mover",
)  # fmt: skip
ACTS: dict[str, tuple[frozenset[Stage], str]] = {
    "accept": (frozenset({Stage.INTEREST}), ASKED),
    "decline": (frozenset({Stage.INTEREST}), ASKED),
    "withdraw": (frozenset({Stage.INTEREST}), ASKER),
    "evaluate": (BARGAINING - {Stage.EVALUATION}, EITHER),
    "talk": (frozenset({Stage.EVALUATION}), EITHER),
    "offer": (BARGAINING | AGREED, OPENER),
    "withdraw_round": (BARGAINING, MAKER),
    "agree": (BARGAINING, ANSWERER),
    "need_approval": (frozenset({Stage.TERMS_AGREED, Stage.APPROVAL, Stage.READY_TO_SIGN}), OTHER_APPROVER),
    "approve": (frozenset({Stage.APPROVAL}), APPROVER),
    "hand_over": (frozenset({Stage.TERMS_AGREED, Stage.READY_TO_SIGN}), EITHER),
    "pause": (RUNNING, EITHER),
    "resume": (frozenset({Stage.PAUSED}), EITHER),
    "lose": (RUNNING | {Stage.PAUSED}, EITHER),
    "promise": (frozenset({Stage.INTEREST, Stage.APPROVAL}) | BARGAINING, MOVER),
}
"""Each thing that a side can do: in which stages, and which side (docs/rules/negotiation.md). After the hand-over: nothing."""

STEPS = ("evaluate", "talk", "need_approval", "approve", "resume")
"""Those that a side takes without saying anything more."""


def possible(negotiation: Negotiation, rounds: Sequence[Round], *, mine: UUID, at: datetime, handed: bool) -> frozenset[str]:
    """What an organisation can do now, as `ACTS` says."""
    if handed:
        return frozenset()
    waiting, waits = open_round(rounds, at), approving(negotiation)
    may = {
        ASKER: mine == negotiation.asked_by_id,
        ASKED: mine == negotiation.answered_by_id,
        EITHER: True,
        MAKER: waiting is not None and waiting.organization_id == mine,
        ANSWERER: waiting is not None and waiting.organization_id != mine and not lacking(waiting),
        OPENER: waiting is None or waiting.organization_id != mine,
        APPROVER: mine in waits,
        OTHER_APPROVER: mine not in waits,
        MOVER: whose_move(negotiation, rounds, at=at) == mine,
    }
    return frozenset(name for name, (stages, who) in ACTS.items() if negotiation.stage in stages and may[who])


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
        "exclusivity": agreed.exclusivity,
        "royalty_bp": agreed.royalty_bp,
        "agreed_on": agreed.answered_at.astimezone(ZoneInfo(time_zone)).date().isoformat(),
    }


def side_to_move(negotiation: Negotiation, rounds: Sequence[Round], *, at: datetime, handed: bool) -> str:
    """For staff, who learn the side and not the name: provider, recipient, either (agreed), desk (handed over) or nobody."""
    move_of = whose_move(negotiation, rounds, at=at)
    if move_of is not None:
        return "provider" if move_of == negotiation.provider_id else "recipient"
    if handed:
        return "desk" if negotiation.stage is Stage.READY_TO_SIGN else "nobody"
    return "either" if negotiation.stage in (Stage.TERMS_AGREED, Stage.READY_TO_SIGN) else "nobody"
