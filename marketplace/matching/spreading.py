"""Gives the last two places of a list to fitting achievements that stand on nobody's list, so that the tail is seen too.

Only what is shown to people is spread: stored matches, the API and the commands keep the plain order. It depends on public
data alone, so everyone who may see a list sees the same one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.matching.models import StoredMatch

SHOWN = 10
"""Length of a first list: an achievement is *exposed* in every public need among whose first `SHOWN` it stands."""
GIVEN = 2
"""How many of the last places are given away at most; the first eight are never touched."""
DEPTH = 30
"""Down to which rank a candidate may stand: ask for as many hits as this to be able to spread."""
NEAR = 0.985
"""The least share of the score at the last place that a candidate must have. Measured as if nobody saw any of them, the most that
spreading can cost: nDCG@10 of topics_awards and Cranfield does not fall (+.002, +.001), that of CACM by .002; at 0.9 each loses .004
to .008."""


class Scored(Protocol):
    """A hit or a match: anything with a listing's id and its score."""

    @property
    def id(self) -> UUID: ...

    @property
    def score(self) -> float: ...


Found = TypeVar("Found", bound=Scored)


@dataclass(frozen=True, slots=True)
class Place(Generic[Found]):
    """One shown place; `rare` marks an achievement that stands here because it is shown nowhere else."""

    found: Found
    rare: bool


def spread(found: Sequence[Found], exposure: Mapping[UUID, int], *, shown: int = SHOWN) -> list[Place[Found]]:
    """Return the `shown` places of a list, from the first `DEPTH` matches in plain order.

    `exposure` tells in how many lists each achievement is exposed (none is 0), as `exposures` reads it. A list that is not
    longer than `shown`, or shorter than `SHOWN`, is not touched: everything in it is seen anyway, or the end is too near the top.
    """
    plain = [Place(one, rare=False) for one in found[:shown]]
    if len(found) <= shown or shown < SHOWN:
        return plain
    least = found[shown - 1].score * NEAR
    rare = [one for one in found[shown:DEPTH] if not exposure.get(one.id) and one.score >= least][:GIVEN]
    return plain[: shown - len(rare)] + [Place(one, rare=True) for one in rare]


def exposures(ids: Iterable[UUID]) -> dict[UUID, int]:
    """In how many public needs' stored lists each of the achievements `ids` is among the first `SHOWN`; one query."""
    query = (
        select(StoredMatch.achievement_id, func.count())
        .where(StoredMatch.achievement_id.in_(list(ids)), StoredMatch.rank <= SHOWN)
        .group_by(StoredMatch.achievement_id)
    )
    return dict(db.session.execute(query).all())  # type: ignore[arg-type]
