"""What an organisation says of a pair, for itself: kept on its shortlist, or put away with a reason, and taken back.

A verdict filters that organisation's own lists and nothing else: no score, no order and no list of anybody else's depends
on it. Owners of achievements learn of verdicts in steps and from three organisations up (`heard_of`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import Forbidden, Invalid, NotFound, Stale
from marketplace.core.i18n import gettext
from marketplace.listings.models import Kind, Listing
from marketplace.matching import outcomes, queries
from marketplace.matching.models import MatchOutcome, MatchVerdict, StoredMatch, Verdict
from marketplace.taxonomy.vocabularies import DISMISS_REASONS

OTHER = "other"
"""The one reason that has to be said in a note."""
STEPS = (3, 5, 10, 20, 50, 100, 200, 500, 1000)
"""The figures that owners of achievements are told: so many organisations, or more."""
ANY = -1
"""In place of a version: whatever is there is replaced."""


def shortlist(need_id: UUID, achievement_id: UUID, *, by: Actor, seen: int = ANY) -> MatchVerdict:
    """Keep a pair on the organisation's shortlist. ``seen`` is the version of the verdict that they saw, 0 for none.

    Raises Forbidden, NotFound unless one of the two is their own and the other public or their own too, and Stale.
    """
    return _say(need_id, achievement_id, Verdict.SHORTLISTED, by=by, seen=seen)


def dismiss(need_id: UUID, achievement_id: UUID, reason: str, *, note: str | None = None, by: Actor, seen: int = ANY) -> MatchVerdict:
    """Put a pair away, from every list of the organisation, with a code of DISMISS_REASONS. Raises as `shortlist`, and Invalid."""
    if reason not in DISMISS_REASONS:
        raise Invalid.field("reason", "code_unknown", gettext("Choose one of the listed reasons."))
    if reason == OTHER and not note:
        raise Invalid.field("note", "text_empty", gettext("Say in a few words what the reason is."))
    return _say(need_id, achievement_id, Verdict.DISMISSED, reason=reason, note=note, by=by, seen=seen)


def take_back(need_id: UUID, achievement_id: UUID, *, by: Actor, seen: int = ANY) -> MatchVerdict:
    """Off the shortlist, or back among the matches. Raises Forbidden, NotFound when nothing was said of the pair, and Stale."""
    said = _get(need_id, achievement_id, organization_id=acting(by), lock=True)
    if said is None:
        raise NotFound()
    _check_seen(said, seen)
    db.session.delete(said)
    _record("matching.take_back", said, by=by, was=said.verdict.value)
    db.session.flush()
    return said


def said_of(need_id: UUID, achievement_id: UUID, *, by: Actor) -> MatchVerdict:
    """What the organisation says of a pair. Raises NotFound."""
    said = _get(need_id, achievement_id, organization_id=by.organization_id, lock=False)
    if said is None:
        raise NotFound()
    return said


def has_said(need_id: UUID, achievement_id: UUID, *, by: Actor) -> bool:
    """Whether the organisation said anything of a pair."""
    return _get(need_id, achievement_id, organization_id=by.organization_id, lock=False) is not None


def acting(by: Actor) -> UUID:
    """The organisation whose verdict it is. Raises Forbidden."""
    by.require("matching.write")
    if by.organization_id is None:
        raise Forbidden()
    return by.organization_id


def check_pair(need_id: UUID, achievement_id: UUID, *, by: Actor) -> tuple[Listing, Listing]:
    """The need and the achievement, one of them of the acting organisation, the other public or theirs too.

    Raises Forbidden, and NotFound for everything else, whether it exists or not.
    """
    organization_id = acting(by)
    found = {listing.id: listing for listing in db.session.scalars(select(Listing).where(Listing.id.in_([need_id, achievement_id])))}
    need, achievement = found.get(need_id), found.get(achievement_id)
    if need is None or achievement is None or need.kind is not Kind.NEED or achievement.kind is not Kind.ACHIEVEMENT:
        raise NotFound()
    own = [listing for listing in (need, achievement) if listing.organization_id == organization_id]
    if not own or any(listing.public_number is None for listing in (need, achievement) if listing not in own):
        raise NotFound()
    return need, achievement


def _say(
    need_id: UUID, achievement_id: UUID, verdict: Verdict, *, reason: str | None = None, note: str | None = None, by: Actor, seen: int
) -> MatchVerdict:  # fmt: skip
    organization_id = acting(by)
    need, _ = check_pair(need_id, achievement_id, by=by)
    said = _get(need_id, achievement_id, organization_id=organization_id, lock=True)
    _check_seen(said, seen)
    facts: dict[str, Any] = {"verdict": verdict, "reason": reason, "note": note, "person_id": by.person_id, "said_at": now()}
    facts |= _place(need, achievement_id, own=need.organization_id == organization_id)
    if said is None:
        said = MatchVerdict(organization_id=organization_id, need_id=need_id, achievement_id=achievement_id, **facts)
        try:
            with db.session.begin_nested():
                db.session.add(said)
        except IntegrityError as error:  # a colleague said something at the same moment
            raise Stale() from error
    else:
        for name, value in facts.items():
            setattr(said, name, value)
    _record(f"matching.{'shortlist' if verdict is Verdict.SHORTLISTED else 'dismiss'}", said, by=by, reason=reason)
    db.session.flush()  # so that the answer carries the version that the next change must name
    return said


def _get(need_id: UUID, achievement_id: UUID, *, organization_id: UUID | None, lock: bool) -> MatchVerdict | None:
    query = select(MatchVerdict).where(
        MatchVerdict.organization_id == organization_id, MatchVerdict.need_id == need_id, MatchVerdict.achievement_id == achievement_id
    )
    return db.session.scalar(query.with_for_update() if lock else query)


def _check_seen(said: MatchVerdict | None, seen: int) -> None:
    if seen != ANY and seen != (said.version if said else 0):
        raise Stale()


def _place(need: Listing, achievement_id: UUID, *, own: bool) -> dict[str, Any]:
    """Where the achievement stands among the need's matches now: as stored, else as the index answers; empty beyond its first ones."""
    place = outcomes.stored(need.id, achievement_id) or queries.place(need.id, achievement_id, own=own)
    return {"rank": place.rank, "score_milli": place.score_milli, "ranking": place.ranking} if place else dict.fromkeys(("rank", "score_milli", "ranking"))


def _record(action: str, said: MatchVerdict, *, by: Actor, **facts: Any) -> None:
    audit.record(action, f"match_verdict:{said.id}", by=by, need=str(said.need_id), achievement=str(said.achievement_id), **facts)


def dismissed(organization_id: UUID, *, need_id: UUID | None = None, achievement_id: UUID | None = None) -> set[UUID]:
    """The achievements that an organisation put away for a need, or the needs that it put away for an achievement."""
    mine, other = _sides(need_id, achievement_id)
    query = select(other).where(mine, MatchVerdict.organization_id == organization_id, MatchVerdict.verdict == Verdict.DISMISSED)
    return set(db.session.scalars(query))


def of_listing(organization_id: UUID | None, *, need_id: UUID | None = None, achievement_id: UUID | None = None) -> dict[UUID, MatchVerdict]:
    """What an organisation says of the pairs of one listing, by the other listing, the latest first. One query."""
    mine, _ = _sides(need_id, achievement_id)
    query = select(MatchVerdict).where(mine, MatchVerdict.organization_id == organization_id).order_by(MatchVerdict.said_at.desc(), MatchVerdict.id)
    return {said.achievement_id if need_id else said.need_id: said for said in db.session.scalars(query)}


def _sides(need_id: UUID | None, achievement_id: UUID | None) -> tuple[ColumnElement[bool], Any]:
    if (need_id is None) == (achievement_id is None):
        raise ValueError("name either a need or an achievement")
    if need_id is not None:
        return MatchVerdict.need_id == need_id, MatchVerdict.achievement_id
    return MatchVerdict.achievement_id == achievement_id, MatchVerdict.need_id


def unsaid(organization_id: UUID) -> ColumnElement[bool]:
    """For queries of `StoredMatch`: the organisation has said nothing of the pair."""
    same = (MatchVerdict.need_id == StoredMatch.need_id, MatchVerdict.achievement_id == StoredMatch.achievement_id)
    return ~exists().where(MatchVerdict.organization_id == organization_id, *same)


def verdicts(*, by: Actor, need_id: UUID | None = None, achievement_id: UUID | None = None, verdict: Verdict | None = None) -> Select[Any]:
    """What the acting organisation says of pairs, for `core.pages.paged` by (said_at, id)."""
    query = select(MatchVerdict).where(MatchVerdict.organization_id == by.organization_id)
    wanted = ((MatchVerdict.need_id, need_id), (MatchVerdict.achievement_id, achievement_id), (MatchVerdict.verdict, verdict))
    return query.where(*(column == value for column, value in wanted if value is not None))


@dataclass(frozen=True, slots=True)
class Heard:
    """What the owner of an achievement learns: at least so many organisations, a figure of `STEPS`; None: fewer than three."""

    shortlisted: int | None = None
    dismissed: int | None = None
    reasons: dict[str, int] = field(default_factory=dict)


def heard_of(achievement_id: UUID) -> Heard:
    """What other organisations say of an achievement for their public needs: how many of them, never which, never of one pair.

    A figure is one of `STEPS` and needs three organisations, each reason by itself too; whoever compares two days sees a
    step, not a company. Verdicts about needs that are not public do not count: they would tell that there are such needs.
    """
    need = aliased(Listing)
    query = (
        select(MatchVerdict.organization_id, MatchVerdict.verdict, MatchVerdict.reason)
        .join(Listing, Listing.id == MatchVerdict.achievement_id)
        .join(need, and_(need.id == MatchVerdict.need_id, need.organization_id == MatchVerdict.organization_id))
        .where(MatchVerdict.achievement_id == achievement_id, need.public_number.is_not(None))
        .where(MatchVerdict.organization_id != Listing.organization_id)
        .distinct()
    )
    kept: set[UUID] = set()
    away: set[UUID] = set()
    why: dict[str, set[UUID]] = {}
    for organization_id, verdict, reason in db.session.execute(query):
        (kept if verdict is Verdict.SHORTLISTED else away).add(organization_id)
        if reason is not None:
            why.setdefault(reason, set()).add(organization_id)
    steps = {reason: step for reason in DISMISS_REASONS if (step := at_least(len(why.get(reason, ())))) is not None}
    return Heard(at_least(len(kept)), at_least(len(away)), steps)


def at_least(count: int) -> int | None:
    """The largest of `STEPS` that is not above ``count``; None below three."""
    return max((step for step in STEPS if step <= count), default=None)


def learning_rows() -> Iterator[dict[str, Any]]:
    """Every verdict and outcome with the place that the ranking gave the pair, the oldest first; no person, no organisation, no note."""
    columns = ("need_id", "achievement_id", "rank", "score_milli", "ranking")
    said = select(MatchVerdict.said_at.label("at"), MatchVerdict.verdict, MatchVerdict.reason, *(getattr(MatchVerdict, name) for name in columns))
    for row in db.session.execute(said.order_by(MatchVerdict.said_at, MatchVerdict.id)):
        yield {"what": row.verdict.value, "reason": row.reason, **{name: getattr(row, name) for name in columns}, "at": row.at}
    came = select(MatchOutcome.happened_at.label("at"), MatchOutcome.outcome, *(getattr(MatchOutcome, name) for name in columns))
    for row in db.session.execute(came.order_by(MatchOutcome.happened_at, MatchOutcome.id)):
        yield {"what": row.outcome.value, "reason": None, **{name: getattr(row, name) for name in columns}, "at": row.at}
