"""Keeps the text index in step with the database: drains the changes, builds it anew, notices when it is missing or damaged.

Whoever changes what the public sees writes a `ListingChange` in the same transaction. One process at a time, whatever their
number, takes the changes, reads the listings as they are now, commits them to the index, and only then deletes the rows:
after a crash in between they are applied once more, to the same effect.
"""

import fcntl
import logging
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy import Select, and_, delete, func, select
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.core import answers
from marketplace.core.clock import now
from marketplace.core.db import db, end_reading, transaction
from marketplace.core.jobs import task
from marketplace.core.money import convert, cross
from marketplace.fairs.models import Fair, Segment
from marketplace.ledger.models import Rate
from marketplace.listings import events, parameters, rules
from marketplace.listings.models import FairEntry, Kind, Listing, ListingChange, ListingVersion
from marketplace.listings.rules import CONTENT
from marketplace.organizations.models import Organization
from marketplace.search import documents, health, index
from marketplace.search.documents import ListingDocument
from marketplace.search.index import IndexUnusable
from marketplace.search.reader import Reader, stamp
from marketplace.taxonomy.vocabularies import WIPO_FIELDS

log = logging.getLogger(__name__)
COMPARED_IN = "CNY"
"""The currency of prices and budgets in the index; others are converted by the latest published rate, or count as unknown."""
BATCH = 200
REBUILD_AFTER = timedelta(days=1)
REBUILD_ABOVE = 2_000  # waiting changes; from there on a rebuild is faster


def root() -> Path:
    """The folder of the index."""
    return Path(current_app.config["SETTINGS"].index_dir)


def catalogue_state(app: Flask) -> Hashable:
    """What is equal until the index changes, which takes in every change of the catalogue."""
    return stamp(Path(app.config["SETTINGS"].index_dir))


answers.STATES.append(catalogue_state)


def reader() -> Reader:
    """This process's reader."""
    found = current_app.extensions.get("index_reader")
    if found is None:
        found = current_app.extensions["index_reader"] = Reader(root())
    return found  # type: ignore[no-any-return]


@task("listings.index", every=timedelta(seconds=0.5))
def keep() -> None:
    """Apply what changed; build the index when there is none that can be used. Does nothing while another process does it."""
    checked = current_app.extensions.setdefault("index_checked", set())
    if root() in checked and not _problem() and not _waiting():
        return
    with alone(root(), "drain", wait=False) as free:
        if not free:
            return
        thorough = root() not in checked
        if _problem() or (thorough and health.inspect(root()).needs_rebuild):
            _rebuild()
        checked.add(root())
        _drain()


@task("listings.index_health", every=timedelta(hours=1))
def look_after() -> None:
    """Build the index anew when it is a day old, much of it is deleted, or a file fails its checksum; the old one serves, and takes
    in what changes, until the new one is whole. Statistics behind the scores drift between rebuilds, so none is left out."""
    with alone(root(), "drain", wait=False) as free:
        if free and (_age() > REBUILD_AFTER or health.inspect(root()).needs_rebuild):
            _rebuild()


def _age() -> timedelta:
    """How long ago the current generation was begun: its name tells."""
    name = index.generation(root()) or ""
    return timedelta(seconds=now().timestamp() - int(name.removeprefix("gen-") or 0) / 1e9)


def drain() -> int:
    """Apply all changes that are committed by now, waiting for other writers; returns how many listings were indexed anew."""
    with alone(root(), "drain", wait=True):
        return _rebuild() if _problem() else _drain()


def rebuild(step: Callable[[int], None] = lambda _: None) -> int:
    """Build the index from the database, waiting for other writers; returns how many listings it holds."""
    with alone(root(), "drain", wait=True):
        return _rebuild(step)


def _problem() -> str | None:
    try:
        reader().seq()
    except IndexUnusable as error:
        return error.problem
    return reader().problem


def _waiting() -> bool:
    found = db.session.scalar(select(ListingChange.id).limit(1)) is not None
    end_reading()
    return found


@contextmanager
def alone(folder: Path, work: str, *, wait: bool) -> Iterator[bool]:
    """Hold the lock of one kind of work on this index (`drain`: what one reads from the database is applied before another one
    reads); False when it does not `wait` and another process holds it. The kernel frees it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(folder / f"{work}.lock", "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _drain() -> int:
    done = 0
    waiting = db.session.scalar(select(func.count()).select_from(ListingChange)) or 0
    if waiting > REBUILD_ABOVE:
        return _rebuild()
    while changes := _some():
        try:
            done += len(_take_in(changes))
        except IndexUnusable:
            log.exception("the index cannot be written: building it anew")
            return done + _rebuild()
    return done


def _some(*, after: int = 0) -> Sequence[Any]:
    """The oldest waiting changes, of those later than the change `after`."""
    query = select(ListingChange.id, ListingChange.listing_id).where(ListingChange.id > after)
    changes = db.session.execute(query.order_by(ListingChange.id).limit(BATCH)).all()
    end_reading()
    return changes


def _take_in(changes: Sequence[Any]) -> set[UUID]:
    """Bring the changes into the index; returns the listings. Raises IndexUnusable."""
    touched = {change.listing_id for change in changes}
    found, gone = _as_now(touched)
    seq = _next_seq(changes[-1].id)
    index.apply(root(), found, gone, seq=seq)
    _forget(changes, seq)
    return touched


def _as_now(ids: set[UUID]) -> tuple[list[ListingDocument], set[UUID]]:
    """Those of the listings that are public, and the others."""
    found = _documents(select_public().where(Listing.id.in_(ids)))
    end_reading()
    return found, ids - {document.id for document in found}


def _rebuild(step: Callable[[int], None] = lambda _: None) -> int:
    """Build a new generation beside the old one, which goes on taking in what changes meanwhile; what it has taken in is brought
    into the new one before that takes its place."""
    changes = db.session.execute(select(ListingChange.id, ListingChange.listing_id)).all()
    end_reading()
    usable, first = _problem() is None, max((change.id for change in changes), default=0)
    held, seq, meanwhile = 0, _next_seq(first), set[UUID]()

    def everything() -> Iterator[ListingDocument]:
        nonlocal held
        after = 0
        while found := _documents(select_public().where(Listing.num > after).order_by(Listing.num).limit(BATCH)):
            end_reading()
            yield from found
            held, after = held + len(found), max(document.num for document in found)
            step(len(found))
            if usable and (later := _some(after=first)):
                meanwhile.update(_take_in(later))

    def late() -> index.Changes | None:
        return (*_as_now(meanwhile), _next_seq(seq)) if meanwhile else None

    name = index.rebuild(root(), everything(), seq=seq, late=late)
    _forget(changes, seq)
    log.info("index %s built: %s listings", name, held)
    return held


def _next_seq(at_least: int) -> int:
    """Grows with every commit, whatever order the rows' ids were committed in."""
    try:
        path = index.current(root())
        return max(at_least, *(index.read_state(path / kind).seq + 1 for kind in documents.Kind))
    except IndexUnusable:
        return max(at_least, 1)


def _forget(changes: Sequence[Any], seq: int) -> None:
    """The changes are in the index: delete their rows, and tell who follows the index, in one transaction each."""
    name = index.generation(root()) or ""
    for start in range(0, len(changes), BATCH):
        some = changes[start : start + BATCH]
        with transaction():
            db.session.execute(delete(ListingChange).where(ListingChange.id.in_([change.id for change in some])))
            for listener in events.indexed:
                listener(list(dict.fromkeys(change.listing_id for change in some)), name, seq)


def select_public() -> Select[Any]:
    """Public listings with their public content and the owner that may be known, as `document` takes them."""
    return _select(Listing.public_number, Listing.shown_owner_id).where(Listing.public_number.is_not(None))


def select_newest() -> Select[Any]:
    """Listings with their newest content, public or not: for their owner only."""
    return _select(Listing.draft_number, Listing.organization_id)


def _select(number: InstrumentedAttribute[Any], owner: InstrumentedAttribute[Any]) -> Select[Any]:
    return cast(Select[Any], (
        select(
            Listing.id, Listing.num, Listing.kind, Listing.reference, Listing.created_at, Listing.published_at, Listing.ends_on, Listing.extended_at, Organization.slug.label("owner"),
            Organization.name_en, Organization.name_zh, *(getattr(ListingVersion, name) for name in CONTENT),
        )  # columns, not objects: the session forgets them
        .select_from(Listing)
        .outerjoin(Organization, Organization.id == owner)
        .join(ListingVersion, and_(ListingVersion.listing_id == Listing.id, ListingVersion.number == number))
    ))


def _documents(query: Any) -> list[ListingDocument]:
    rows = db.session.execute(query).all()
    places = _places([row.id for row in rows])
    rates = latest_rates()
    return [document(row, places.get(row.id, []), rates) for row in rows]


def _places(ids: list[UUID]) -> dict[UUID, list[tuple[str, str | None]]]:
    """Fair and segment (``fair/segment``) where each listing is shown."""
    query = (
        select(FairEntry.listing_id, Fair.slug, Segment.code)
        .join(Fair, Fair.id == FairEntry.fair_id)
        .outerjoin(Segment, Segment.id == FairEntry.segment_id)
        .where(FairEntry.listing_id.in_(ids), FairEntry.published_number.is_not(None))
    )
    found: dict[UUID, list[tuple[str, str | None]]] = {}
    for listing_id, slug, code in db.session.execute(query):
        found.setdefault(listing_id, []).append((slug, code))
    return found


def latest_rates() -> dict[str, str]:
    """The latest published leg per euro of each currency."""
    latest = select(Rate.currency, func.max(Rate.day).label("day")).group_by(Rate.currency).subquery()
    query = select(Rate.currency, Rate.per_euro).join(latest, and_(Rate.currency == latest.c.currency, Rate.day == latest.c.day))
    return {"EUR": "1"} | dict(db.session.execute(query).all())  # type: ignore[arg-type]


def compared(minor: int | None, currency: str | None, rates: dict[str, str]) -> int | None:
    """An amount in `COMPARED_IN`, only to compare prices with budgets; None when it or its rate is unknown."""
    if minor is None or currency is None or currency == COMPARED_IN:
        return minor if currency else None
    if currency not in rates or COMPARED_IN not in rates:
        return None
    rate: Fraction = cross(Decimal(rates[currency]), Decimal(rates[COMPARED_IN]))
    return convert(minor, source=currency, target=COMPARED_IN, rate=rate)


def document(row: Any, places: list[tuple[str, str | None]], rates: dict[str, str]) -> ListingDocument:
    """What the index, and a match, need of a row of `select_public` or `select_newest`; `places` are fairs and their segments."""
    low, high = row.amount_min_minor, row.amount_max_minor
    is_need = row.kind is Kind.NEED
    amount = (high if high is not None else low) if is_need else (low if low is not None else high)
    codes = tuple(row.technology_codes)
    return ListingDocument(
        id=row.id,
        num=row.num or 0,
        kind=documents.Kind(row.kind.value),
        titles=_texts(row.title_en, row.title_zh),
        texts=_texts(
            row.summary_en, row.summary_zh, row.description_en, row.description_zh,
            row.advantages_en, row.advantages_zh, row.requirement_en, row.requirement_zh,
        ),
        names=_texts(row.reference, row.name_en, row.name_zh, row.source_organization),
        trl=(row.min_trl if is_need else row.trl) or 0,
        deal_kinds=tuple(row.deal_kinds),
        country=row.country or "",
        countries_wanted=tuple(row.target_countries),
        countries_excluded=tuple(row.excluded_countries),
        amount_minor=compared(amount, row.currency, rates),
        exclusivity=row.exclusivity or "",
        languages=tuple(row.languages),
        closes=rules.closes(row.deadline, row.ends_on if row.extended_at else row.valid_until, written_on=row.created_at.date()),
        parameters=parameters.typed(row.parameters),
        fields=codes,
        sectors=tuple(dict.fromkeys(WIPO_FIELDS[code].group or "" for code in codes)),
        ip_status=row.ip_status or "",
        organization=row.owner or "",
        fairs=tuple(sorted({slug for slug, _ in places})),
        segments=tuple(sorted({f"{slug}/{code}" for slug, code in places if code})),
        year=row.published_at.year if row.published_at else 0,
    )  # fmt: skip


def _texts(*texts: str | None) -> tuple[str, ...]:
    return tuple(text for text in texts if text)
