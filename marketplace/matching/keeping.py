"""An organisation's shortlist: what it keeps for each of its needs, or for each of its achievements."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select

from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import language, localized
from marketplace.core.pages import Page, paged
from marketplace.core.sheets import Book, Column, Table
from marketplace.core.sheets import Kind as Cell
from marketplace.core.sheets.sending import moment_in_words
from marketplace.listings import indexing
from marketplace.listings.models import Kind, Listing
from marketplace.listings.owners import name_of
from marketplace.matching.models import MatchVerdict, Verdict
from marketplace.matching.queries import open_fairs
from marketplace.matching.subjects import OWNER
from marketplace.taxonomy.vocabularies import COUNTRIES, DEAL_KINDS, WIPO_FIELDS

BATCH = 200
COLUMNS = {Kind.NEED: (MatchVerdict.need_id, MatchVerdict.achievement_id), Kind.ACHIEVEMENT: (MatchVerdict.achievement_id, MatchVerdict.need_id)}


@dataclass(frozen=True, slots=True)
class Kept:
    """One line: the listing that is kept (None: nobody shows it any more), and whether one may ask about it, alone or together with one's own."""

    verdict: MatchVerdict
    other_id: UUID
    row: Any
    in_open_fair: bool
    together: bool


@dataclass(frozen=True, slots=True)
class Group:
    """One of the organisation's listings, with what it keeps for it."""

    listing: Any
    kept: list[Kept]


def side(chosen: str | None, *, by: Actor) -> Kind:
    """Which of its listings the page goes through: the chosen kind, else needs where it keeps anything for one."""
    if chosen in {kind.value for kind in Kind}:
        return Kind(chosen)
    return next((kind for kind in (Kind.NEED, Kind.ACHIEVEMENT) if db.session.scalar(_query(kind, by=by).limit(1)) is not None), Kind.NEED)


def page(kind: Kind, *, by: Actor, cursor: str | None, bound_to: str) -> Page:
    """What is kept for one's listings of a kind, the latest listing first. One query."""
    return paged(_query(kind, by=by), (COLUMNS[kind][0], MatchVerdict.id), limit=50, cursor=cursor, bound_to=bound_to)


def groups(kind: Kind, verdicts: Sequence[MatchVerdict], *, by: Actor) -> list[Group]:
    """The same by one's own listing, with what the public sees of each that is kept. Three queries."""
    mine, other = (column.key for column in COLUMNS[kind])
    ids = {getattr(verdict, other) for verdict in verdicts}
    rows = {row.id: row for row in db.session.execute(indexing.select_public().add_columns(*OWNER).where(Listing.id.in_(ids)))}
    own_ids = list(dict.fromkeys(getattr(verdict, mine) for verdict in verdicts))
    own = {row.id: row for row in db.session.execute(indexing.select_newest().where(Listing.id.in_(own_ids), Listing.organization_id == by.organization_id))}
    fairs = open_fairs([*own_ids, *ids])

    def kept(verdict: MatchVerdict) -> Kept:
        places = fairs.get(getattr(verdict, other), set())
        together = not fairs.get(getattr(verdict, mine), set()).isdisjoint(places)
        return Kept(verdict, getattr(verdict, other), rows.get(getattr(verdict, other)), bool(places), together)

    return [Group(own[id], [kept(verdict) for verdict in verdicts if getattr(verdict, mine) == id]) for id in own_ids if id in own]


def named(listing: Listing) -> Any:
    """A listing's reference and title, as the public sees it, or as its owner has it."""
    query = indexing.select_public() if listing.public_number is not None else indexing.select_newest()
    return db.session.execute(query.where(Listing.id == listing.id)).one()


def book(kind: Kind, *, by: Actor, zone: str) -> Book:
    """The whole shortlist as a file."""
    columns = [
        Column(label=_("Yours"), weight=12, fits="N-2020-000000"), Column(label=_("Kept"), weight=12, fits="A-2020-000000"), Column(label=_("Title"), weight=30),
        Column(label=_("Organisation"), weight=18), Column(label=_("Country"), weight=9), Column(label=_("Technology field"), weight=18),
        Column(label=_("Maturity (TRL)"), weight=7), Column(label=_("Kind of deal"), weight=14), Column(label=_("Since"), kind=Cell.DAY, weight=9),
    ]  # fmt: skip
    facts = [
        (_("Organisation"), by.acting.name if by.acting else "–"),
        (_("Filter"), _("kept for needs") if kind is Kind.NEED else _("kept for achievements")),
        (_("Time"), moment_in_words(zone)),
    ]
    table = Table(title=_("Shortlist"), columns=columns, rows=_rows(kind, by=by, zone=zone), counted=_("kept"))
    return Book(name="shortlist", title=_("Shortlist"), facts=facts, tables=[table])


def _rows(kind: Kind, *, by: Actor, zone: str) -> Iterator[list[Any]]:
    mine = COLUMNS[kind][0]
    verdicts = list(db.session.scalars(_query(kind, by=by).order_by(mine.desc(), MatchVerdict.id.desc())))
    for start in range(0, len(verdicts), BATCH):
        for group in groups(kind, verdicts[start : start + BATCH], by=by):
            for kept in group.kept:
                yield _row(group.listing, kept, zone=ZoneInfo(zone))


def _row(own: Any, kept: Kept, *, zone: ZoneInfo) -> list[Any]:
    row, since = kept.row, kept.verdict.said_at.astimezone(zone).date()
    if row is None:
        return [own.reference, None, _("no longer public"), None, None, None, None, None, since]
    level = row.trl if row.kind is Kind.ACHIEVEMENT else row.min_trl

    def labels(vocabulary: Any, codes: list[str]) -> str:
        return "; ".join(vocabulary.label(code, language()) for code in codes)

    return [
        own.reference, row.reference, localized(row, "title")[0], name_of(row),
        COUNTRIES.label(row.owner_country, language()) if row.owner_country else None, labels(WIPO_FIELDS, row.technology_codes),
        None if level is None else str(level), labels(DEAL_KINDS, row.deal_kinds), since,
    ]  # fmt: skip


def _query(kind: Kind, *, by: Actor) -> Select[Any]:
    """What is kept for one's own listings of this kind."""
    return (
        select(MatchVerdict)
        .join(Listing, Listing.id == COLUMNS[kind][0])
        .where(MatchVerdict.organization_id == by.organization_id, Listing.organization_id == by.organization_id)
        .where(MatchVerdict.verdict == Verdict.SHORTLISTED)
    )
