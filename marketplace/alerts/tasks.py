"""The jobs: running searches, announcing matches, mails at once, the daily digest, and forgetting what was deleted."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select

from marketplace.alerts import announcing, finding, mailing, queries, rules
from marketplace.alerts.models import AlertReader, Frequency, Notice, SavedSearch
from marketplace.core.clock import now
from marketplace.core.db import db, end_reading, transaction
from marketplace.core.jobs import task


@task("alerts.look")
def look(*, ids: list[str], after: list[str] | None = None) -> None:
    """New listings past the next saved searches."""
    finding.look([UUID(id) for id in ids], (after[0], UUID(after[1])) if after else None)


@task("alerts.announce")
def announce(*, pairs: list[list[str]]) -> None:
    """New matches to the members of both sides."""
    announcing.announce([(UUID(need_id), UUID(achievement_id)) for need_id, achievement_id in pairs])


@task("alerts.tell")
def tell(*, person_ids: list[str]) -> None:
    """The mail that waited because the last one was only just sent."""
    mailing.tell([UUID(person_id) for person_id in person_ids])


@task("alerts.digest", every=timedelta(seconds=10))
def digest() -> None:
    """Today's digests that are due, some people at a time; after a standstill the late ones. Harmless to repeat."""
    if _waiting():
        with transaction():
            mailing.digest()


def _waiting() -> bool:
    due = rules.digest_due(now())
    had = select(AlertReader.person_id).where(AlertReader.digest_on >= due.astimezone(rules.DIGEST_ZONE).date())
    query = select(Notice.id).where(Notice.mail_by == Frequency.DAILY, Notice.found_at < due, Notice.person_id.not_in(had)).limit(1)
    found = db.session.scalar(query) is not None
    end_reading()
    return found


@task("alerts.forget", every=timedelta(hours=1))
def forget() -> None:
    """Deleted searches that can no longer be taken back go, with what they found."""
    with transaction():
        gone = select(SavedSearch.id).where(SavedSearch.deleted_at < now() - queries.UNDO_WITHIN)
        db.session.execute(delete(Notice).where(Notice.search_id.in_(gone)))
        db.session.execute(delete(SavedSearch).where(SavedSearch.id.in_(gone.scalar_subquery())))
