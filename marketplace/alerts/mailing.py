"""The mails: at once, and one digest a day. Which notices are told and the mail that tells them are written in one transaction.

A job that is repeated finds nothing left to tell; two at once wait for each other at the reader's row. What is told is looked
at again first: what is not public any more, was put away, or belongs to an organisation that the person left, is dropped.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from flask import current_app
from sqlalchemy import select, update

from marketplace.accounts.models import Person
from marketplace.alerts import hearing, queries, readers, rules, wording
from marketplace.alerts.models import AlertReader, Frequency, Notice, Source
from marketplace.alerts.queries import Told
from marketplace.core import mail
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.i18n import speaking
from marketplace.core.jobs import enqueue

DIGESTS = 100
"""People whose digests one run of the clock writes."""


def tell(person_ids: Collection[UUID]) -> int:
    """Promise one mail to each of these people about what is to be told at once; returns how many mails.

    Who had one less than `rules.PAUSE` ago gets the next one later, with everything that comes until then.
    """
    moment = now()
    waiting = {row.person_id: row for row in readers.locked(person_ids)}
    early = {row.person_id: row.mailed_at for row in waiting.values() if row.mailed_at is not None and row.mailed_at + rules.PAUSE > moment}
    if early:
        wait = max(early.values()) + rules.PAUSE - moment
        enqueue("alerts.tell", due_in=wait, person_ids=[str(person_id) for person_id in sorted(early)])
    ready = [row for person_id, row in waiting.items() if person_id not in early]
    return _mail(ready, Frequency.AT_ONCE, moment)


def digest() -> int:
    """Promise today's digest to at most `DIGESTS` people for whom something was new by 08:00 and who had none yet; returns how many mails.

    After a standstill the one that is late tells everything since the last one.
    """
    due = rules.digest_due(now())
    waits = (Notice.mail_by == Frequency.DAILY, Notice.found_at < due)
    today = due.astimezone(rules.DIGEST_ZONE).date()
    had = select(AlertReader.person_id).where(AlertReader.digest_on >= today)
    query = select(Notice.person_id).where(*waits, Notice.person_id.not_in(had)).distinct().order_by(Notice.person_id).limit(DIGESTS)
    rows = [row for row in readers.locked(list(db.session.scalars(query))) if row.digest_on is None or row.digest_on < today]
    for row in rows:
        row.digest_on = today
    return _mail(rows, Frequency.DAILY, due)


def _mail(rows: Sequence[AlertReader], by_mail: Frequency, until: datetime) -> int:
    """Take what waits for this mail, for these people, and promise the mails. A constant number of queries beside one for each mail."""
    people = [row.person_id for row in rows]
    if not people:
        return 0
    which = (Notice.person_id.in_(people), Notice.mail_by == by_mail, Notice.found_at <= until)
    taken = list(db.session.scalars(update(Notice).where(*which).values(mail_by=None).returning(Notice.id)))
    found = _worth_telling(taken)
    stopped = {row.person_id for row in rows if row.stopped_at is not None}
    public_url = current_app.config["SETTINGS"].public_url
    sent: set[UUID] = set()
    for person in db.session.scalars(select(Person).where(Person.id.in_(found.keys() - stopped), Person.disabled_at.is_(None)).order_by(Person.id)):
        with speaking(person.language):
            letter = wording.letter(person.id, found[person.id], daily=by_mail is Frequency.DAILY, public_url=public_url)
        mail.send(person.email, letter.subject, letter.body, headers=letter.headers)
        sent.add(person.id)
    for row in rows if by_mail is Frequency.AT_ONCE else ():
        row.mailed_at = until if row.person_id in sent else row.mailed_at
    return len(sent)


def _worth_telling(ids: Sequence[UUID]) -> dict[UUID, list[Told]]:
    """By person: those of the notices, the oldest first, that may still be told."""
    belongs = hearing.belongs(Notice.person_id, Notice.organization_id)
    rows = list(db.session.scalars(select(Notice).where(Notice.id.in_(ids), belongs).order_by(Notice.found_at, Notice.id)))
    away = _put_away(rows)
    found: dict[UUID, list[Told]] = {}
    for told in queries.told(rows):
        needs_listing, needs_subject = told.notice.source is not Source.MATCHES, told.notice.source is not Source.SEARCH
        hidden = (needs_listing and told.listing is None) or (needs_subject and told.subject is None)
        if not hidden and told.notice.id not in away:
            found.setdefault(told.notice.person_id, []).append(told)
    return found


def _put_away(rows: Iterable[Notice]) -> set[UUID]:
    """The notices of matches that the organisation has put away since."""
    pairs: dict[tuple[UUID, tuple[UUID, UUID]], list[UUID]] = {}
    for row in rows:
        if row.source is Source.MATCH and row.organization_id and row.subject_id and row.listing_id:
            for pair in ((row.subject_id, row.listing_id), (row.listing_id, row.subject_id)):  # whichever of the two is the need
                pairs.setdefault((row.organization_id, pair), []).append(row.id)
    if not pairs:
        return set()
    away = hearing.dismissed({organization_id for organization_id, _ in pairs}, [pair for _, pair in pairs])
    return {id for organization_id, need_id, achievement_id in away for id in pairs.get((organization_id, (need_id, achievement_id)), ())}
