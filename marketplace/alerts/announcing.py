"""New matches of an organisation's public listings: told to each of its members who wants to hear, once for ever.

A few are named. A listing's first list, and more than a few in a day, are told as a number, so that a new ranking or the first
rematch of a whole fair floods nobody.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import aliased
from uuid_utils.compat import uuid7

from marketplace.alerts import hearing, mailing, readers, rules
from marketplace.alerts.hearing import Listener
from marketplace.alerts.models import AnnouncedPair, Frequency, Notice, Source
from marketplace.core.clock import now
from marketplace.core.db import db, is_postgresql
from marketplace.core.jobs import enqueue
from marketplace.listings.models import Listing
from marketplace.matching.models import StoredMatch

BATCH = 200
Pair = tuple[UUID, UUID]
"""Need and achievement."""
To = tuple[UUID, UUID]
"""Person, and the own listing that they hear about."""


@dataclass(frozen=True, slots=True)
class News:
    """A match that one person is to hear of: of their listing ``subject_id``, with ``listing_id``."""

    listener: Listener
    subject_id: UUID
    listing_id: UUID
    pair: Pair
    strength: int

    @property
    def to(self) -> To:
        return self.listener.person_id, self.subject_id


def stored(rows: list[StoredMatch]) -> None:
    """Pairs were stored that were not stored before. Called inside that transaction."""
    pairs = [[str(row.need_id), str(row.achievement_id)] for row in rows if row.rank <= rules.TOP]
    for start in range(0, len(pairs), BATCH):
        enqueue("alerts.announce", pairs=pairs[start : start + BATCH])


def announce(pairs: Sequence[Pair]) -> None:
    """Write what is news of these pairs to whom, and mail it to who wants it at once. A constant number of queries."""
    moment = now()
    news = _unheard(list(_news(_places(pairs))))
    if not news:
        return
    locked = {reader.person_id for reader in readers.locked({one.listener.person_id for one in news})}
    told, today = _told_before(news, locked, moment)
    named, counted = [], []
    for to, ones in _by_listing(news).items():
        as_number = rules.is_counted(len(ones), told=told.get(to, 0) - len(ones), today=today.get(to, 0))
        if as_number:
            counted.append((ones, told.get(to, 0) == len(ones)))
        else:
            named += ones
    _write_named(named, moment)
    _write_counted(counted, moment)
    mailing.tell({one.listener.person_id for one in news if one.listener.frequency is Frequency.AT_ONCE})


def _places(pairs: Sequence[Pair]) -> Sequence[Any]:
    """The pairs that still stand among the first of a public need, with the owners of both listings."""
    need, achievement = aliased(Listing), aliased(Listing)
    query = (
        select(
            StoredMatch.need_id, StoredMatch.achievement_id, StoredMatch.strength,
            need.organization_id.label("needs"), achievement.organization_id.label("offers"),
        )
        .join(need, need.id == StoredMatch.need_id)
        .join(achievement, achievement.id == StoredMatch.achievement_id)
        .where(tuple_(StoredMatch.need_id, StoredMatch.achievement_id).in_(pairs), StoredMatch.rank <= rules.TOP)
        .where(need.public_number.is_not(None), achievement.public_number.is_not(None))
        .order_by(StoredMatch.rank, StoredMatch.need_id, StoredMatch.achievement_id)
    )  # fmt: skip
    return db.session.execute(query).all()


def _news(places: Sequence[Any]) -> Iterable[News]:
    """Who would hear of each pair: first those who need, then those who offer; nobody of a pair that their organisation put away."""
    organizations = {id for row in places for id in (row.needs, row.offers)}
    heard = hearing.listeners(organizations) if organizations else {}
    away = hearing.dismissed(organizations, [(row.need_id, row.achievement_id) for row in places]) if heard else set()
    for row in places:
        pair = (row.need_id, row.achievement_id)
        sides = [(row.needs, row.need_id, row.achievement_id)]
        if row.offers != row.needs:
            sides.append((row.offers, row.achievement_id, row.need_id))
        for organization_id, subject_id, listing_id in sides:
            if (organization_id, *pair) in away:
                continue
            for listener in heard.get(organization_id, ()):
                if row.strength >= listener.strength:
                    yield News(listener, subject_id, listing_id, pair, row.strength)


def _unheard(news: list[News]) -> list[News]:
    """Note for ever that these people hear of these pairs; returns those who had not heard. One order for all workers."""
    if not news:
        return []
    first: dict[tuple[UUID, Pair], News] = {}
    for one in news:
        first.setdefault((one.listener.person_id, one.pair), one)
    table = AnnouncedPair
    values = [{"person_id": person_id, "need_id": need_id, "achievement_id": achievement_id} for person_id, (need_id, achievement_id) in sorted(first)]
    made = (postgresql_insert if is_postgresql() else sqlite_insert)(table).on_conflict_do_nothing()
    written = db.session.execute(made.returning(table.person_id, table.need_id, table.achievement_id), values)
    fresh = {(row[0], (row[1], row[2])) for row in written}
    return [one for key, one in first.items() if key in fresh]


def _by_listing(news: list[News]) -> dict[To, list[News]]:
    found: dict[To, list[News]] = {}
    for one in news:
        found.setdefault(one.to, []).append(one)
    return found


def _told_before(news: list[News], people: set[UUID], moment: datetime) -> tuple[dict[To, int], dict[To, int]]:
    """How many matches of each listing each person has heard of, these included; and how many by name in the last day."""
    subjects = {one.subject_id for one in news}
    told: dict[To, int] = {}
    for side in (AnnouncedPair.need_id, AnnouncedPair.achievement_id):
        heard = select(AnnouncedPair.person_id, side, func.count()).where(AnnouncedPair.person_id.in_(people), side.in_(subjects))
        told |= {(row[0], row[1]): row[2] for row in db.session.execute(heard.group_by(AnnouncedPair.person_id, side))}
    lately = (Notice.source == Source.MATCH, Notice.person_id.in_(people), Notice.subject_id.in_(subjects), Notice.found_at > moment - timedelta(days=1))
    named = select(Notice.person_id, Notice.subject_id, func.count()).where(*lately).group_by(Notice.person_id, Notice.subject_id)
    return told, {(row[0], row[1]): row[2] for row in db.session.execute(named) if row[1] is not None}


def _write_named(news: list[News], moment: datetime) -> None:
    if news:
        db.session.execute(insert(Notice), [
            _values(one, moment) | {"source": Source.MATCH, "listing_id": one.listing_id, "number": 1, "strength": one.strength}
            for one in news
        ])  # fmt: skip


def _write_counted(lists: list[tuple[list[News], bool]], moment: datetime) -> None:
    """One notice for each list; a number that waits for the digest grows until it is read. What is no first list waits for the digest in any case."""
    if not lists:
        return
    people, subjects = {ones[0].to[0] for ones, _ in lists}, {ones[0].to[1] for ones, _ in lists}
    waiting = (Notice.source == Source.MATCHES, Notice.mail_by == Frequency.DAILY, Notice.read_at.is_(None))
    whose = (Notice.person_id.in_(people), Notice.subject_id.in_(subjects))
    grow = {(row.person_id, row.subject_id): row for row in db.session.execute(select(Notice.id, Notice.person_id, Notice.subject_id, Notice.number).where(*waiting, *whose))}
    made, grown = [], []
    for ones, is_first in lists:
        if row := grow.get(ones[0].to):
            grown.append({"id": row.id, "number": row.number + len(ones)})
            continue
        values = _values(ones[0], moment) | {"source": Source.MATCHES, "number": len(ones)}
        if values["mail_by"] is not None and not is_first:
            values["mail_by"] = Frequency.DAILY
        made.append(values)
    if grown:
        db.session.execute(update(Notice), grown)
    if made:
        db.session.execute(insert(Notice), made)


def _values(one: News, moment: datetime) -> dict[str, Any]:
    return {
        "id": uuid7(), "person_id": one.listener.person_id, "organization_id": one.listener.organization_id, "subject_id": one.subject_id,
        "found_at": moment, "mail_by": None if one.listener.stopped else one.listener.frequency,
    }  # fmt: skip
