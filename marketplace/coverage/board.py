"""The board of a fair: needs without a good match, achievements nobody is shown, organisations without a contact; lists and figures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select

from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.pages import Page, paged
from marketplace.coverage import counted, rules
from marketplace.coverage.counted import TITLES, Filter, V
from marketplace.fairs import queries as fairs
from marketplace.fairs.models import Fair
from marketplace.listings.models import FairEntry, Kind, Listing

BATCH = 200


class List(StrEnum):
    """The lists of the board."""

    NEEDS = "needs"
    NEVER = "never_shown"
    ONCE = "shown_once"
    NO_INTEREST = "no_interest"
    NO_CONTACT = "no_contact"
    SILENT = "silent"
    CALLS = "calls_due"

    @property
    def of(self) -> str:
        """What its rows are: needs, achievements or organizations."""
        if self is List.NEEDS:
            return "needs"
        return "organizations" if self in (List.NO_CONTACT, List.SILENT, List.CALLS) else "achievements"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The counts above the lists, all under one filter. ``bands`` sum to ``achievements``; ``unmatched`` needs are not compared yet."""

    needs: int
    unmatched: int
    without_good_match: int
    achievements: int
    bands: list[rules.Band]
    no_interest: int
    organizations: int
    no_contact: int
    silent: int
    calls_due: int

    @property
    def with_good_match(self) -> int:
        return self.needs - self.without_good_match - self.unmatched

    def of(self, name: List) -> int:
        """How many rows a list has."""
        bands = {band.code: band.count for band in self.bands}
        counts = {
            List.NEEDS: self.without_good_match, List.NEVER: bands["0"], List.ONCE: bands["1"], List.NO_INTEREST: self.no_interest,
            List.NO_CONTACT: self.no_contact, List.SILENT: self.silent, List.CALLS: self.calls_due,
        }  # fmt: skip
        return counts[name]


def of_staff(slug: str, *, by: Actor, permission: str = "coverage.read") -> Fair:
    """A fair whose board the person may use. Raises NotFound, for a foreign one as for an unknown one."""
    fair = fairs.by_slug(slug)
    if fair.id not in by.fairs_where(permission):
        raise NotFound()
    return fair


def figures(fair: Fair, where: Filter) -> Figures:
    """Five queries, however large the fair."""
    needs = counted.listings(fair, Kind.NEED, where, func.count(), func.count().filter(~counted.is_matched()), func.count().filter(counted.without_good_match()))
    all_needs, unmatched, without = db.session.execute(needs).one()
    exposure = counted.exposures(fair, where).subquery()
    counts = {row.shown: row.times for row in db.session.execute(select(exposure.c.shown, func.count().label("times")).group_by(exposure.c.shown))}
    listed = counted.organizations(fair, where).subquery()
    wanted = [_of_list(name, listed, fair) for name in (List.NO_CONTACT, List.SILENT, List.CALLS)]
    silences: list[Any] = [func.count(), *(func.count().filter(condition) for condition in wanted)]
    organizations, no_contact, silent, calls_due = db.session.execute(select(*silences).select_from(listed)).one()
    return Figures(
        needs=all_needs, unmatched=unmatched, without_good_match=without, achievements=sum(counts.values()), bands=rules.banded(counts),
        no_interest=db.session.scalar(counted.listings(fair, Kind.ACHIEVEMENT, where, func.count()).where(*counted.no_interest(fair))) or 0,
        organizations=organizations, no_contact=no_contact, silent=silent, calls_due=calls_due,
    )  # fmt: skip


def rows(fair: Fair, name: List, where: Filter, *, limit: int, cursor: str | None = None, bound_to: str = "") -> Page:
    """A page of a list, the oldest silence first: one query."""
    query, keys = listed(fair, name, where)
    return paged(query, keys, limit=limit, cursor=cursor, bound_to=bound_to, descending=False, scalars=False)


def listed(fair: Fair, name: List, where: Filter) -> tuple[Select[Any], Sequence[Any]]:
    """The rows of a list and the keys of their order: the moment since which it is silent, and the id.

    Listings: `TITLES`, ``published_at``, ``technology_codes``, ``country``. Organisations: id, slug, names, kind, country,
    ``listings``, ``since`` (first publication here), ``last`` (contact, or None), ``silent_since``.
    """
    if name.of == "organizations":
        found = counted.organizations(fair, where).subquery()
        query = select(found).where(_of_list(name, found, fair))
        return query, (found.c.silent_since, found.c.id)
    kind = Kind.NEED if name is List.NEEDS else Kind.ACHIEVEMENT
    query = counted.listings(fair, kind, where, *TITLES, FairEntry.published_at, V.technology_codes, V.country)
    shown = counted.times_shown()
    conditions: dict[List, tuple[ColumnElement[bool], ...]] = {
        List.NEEDS: (counted.without_good_match(),), List.NEVER: (~counted.is_shown(),), List.ONCE: (shown == 1,), List.NO_INTEREST: counted.no_interest(fair),
    }  # fmt: skip
    return query.where(*conditions[name]), (FairEntry.published_at, Listing.id)


def every(fair: Fair, name: List, where: Filter) -> Iterator[list[Row[Any]]]:
    """The whole list in its order, `BATCH` rows at a time, for a file."""
    query, (silent_since, key) = listed(fair, name, where)
    ordered = query.order_by(silent_since, key).limit(BATCH)
    part = list(db.session.execute(ordered))
    while part:
        yield part
        if len(part) < BATCH:
            return
        at, after = getattr(part[-1], silent_since.key), getattr(part[-1], key.key)
        part = list(db.session.execute(ordered.where(or_(silent_since > at, and_(silent_since == at, key > after)))))


def _of_list(name: List, found: Any, fair: Fair) -> ColumnElement[bool]:
    """Which of the organisations stand in a list."""
    if name is List.NO_CONTACT:
        return counted.no_contact(found)
    return counted.call_due(found, fair) if name is List.CALLS else counted.silent(found, fair)
