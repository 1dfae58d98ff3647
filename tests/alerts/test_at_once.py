"""Several workers at the same moment, each with a connection of its own: everything is told once, and nobody waits in a circle."""

import pytest
from sqlalchemy import func, select

from marketplace.alerts import announcing, finding, mailing, service
from marketplace.alerts.models import AnnouncedPair, Frequency, Notice
from marketplace.core.clock import now, shifted
from marketplace.core.db import db, transaction
from marketplace.core.jobs import OutboxRow
from marketplace.listings.models import Kind
from marketplace.matching.models import StoredMatch
from tests.alerts.factories_alerts import tomorrow
from tests.at_once import rush
from tests.conftest import DATABASES
from tests.factories import actor, make_member
from tests.listings.factories_listings import make_market, published

WORKERS, PEOPLE = 6, 4


@pytest.fixture(scope="module", params=DATABASES)
def own_app(request, own, tmp_path_factory):
    with own(request.param).fresh(tmp_path_factory.mktemp("alerts")) as app:
        yield app


def mails() -> list[str]:
    """The addresses that mails about alerts were promised to, sorted."""
    rows = db.session.scalars(select(OutboxRow.payload).where(OutboxRow.task == "mail.send"))
    return sorted(payload["to"] for payload in rows if "headers" in payload)


def pairs_of(offers, need):
    """The offers are stored as the first of the need."""
    moment = now()
    for rank, offer in enumerate(offers, 1):
        db.session.add(StoredMatch(
            need_id=need, achievement_id=offer, rank=rank, score_milli=1, strength=500, ranking="x", found_at=moment, computed_at=moment,
        ))  # fmt: skip
    db.session.commit()
    return [(need, offer) for offer in offers]


@pytest.mark.timeout(120)
def test_workers_who_do_the_same_jobs_at_once_tell_everything_once(own_app, monkeypatch):
    with transaction():
        market = make_market()
        people = [make_member(market.agency) for _ in range(PEOPLE)]
        buyers = [make_member() for _ in range(PEOPLE)]
    with transaction():
        for number, person in enumerate(buyers):
            frequency = Frequency.AT_ONCE if number % 2 else Frequency.DAILY
            service.save(Kind.ACHIEVEMENT, "fair=any", name=None, frequency=frequency, by=actor(person))
    with transaction():
        offers = [published(market).listing_id for _ in range(3)]
        need = published(market, Kind.NEED).listing_id
    pairs = pairs_of(offers, need)
    monkeypatch.setattr(finding.browsing, "among", lambda _kind, _query, *, fair, ids, limit: list(ids))
    addresses = [person.email for person in buyers]
    db.session.remove()

    assert rush(own_app, [lambda: finding.look([*offers, need])] * WORKERS) == {"won": WORKERS}
    assert db.session.scalar(select(func.count()).select_from(Notice)) == 3 * PEOPLE
    assert mails() == sorted(addresses[1::2])
    db.session.remove()

    assert rush(own_app, [lambda order=order: announcing.announce(pairs[::order]) for order in (1, -1) * (WORKERS // 2)]) == {"won": WORKERS}
    assert db.session.scalar(select(func.count()).select_from(AnnouncedPair)) == 3 * (len(people) + 1)
    assert db.session.scalar(select(func.sum(Notice.number)).where(Notice.search_id.is_(None))) == 3 * (len(people) + 1)
    db.session.remove()

    def digest():
        with shifted(tomorrow()):
            mailing.digest()

    assert rush(own_app, [digest] * WORKERS) == {"won": WORKERS}
    members = [address for address in mails() if address not in addresses]
    assert (len(members), len(set(members))) == (PEOPLE + 1, PEOPLE + 1)
    assert [address for address in mails() if address in addresses] == sorted(addresses)
    assert db.session.scalar(select(func.count()).select_from(Notice).where(Notice.mail_by.is_not(None))) == 0


@pytest.mark.timeout(120)
def test_of_many_who_save_the_same_search_at_once_one_does(own_app):
    with transaction():
        person = make_member()
    by = actor(person)
    db.session.remove()
    save = lambda: service.save(Kind.NEED, "q=laser", name=None, frequency=Frequency.DAILY, by=by)  # noqa: E731
    assert rush(own_app, [save] * WORKERS) == {"won": 1, "409": WORKERS - 1}
