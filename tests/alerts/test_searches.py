"""New listings for saved searches: each once, to whom it concerns, in the mail they chose; and never twice, whatever happens."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from marketplace.alerts import finding, mailing, tasks
from marketplace.alerts.models import AlertReader, Notice, Source
from marketplace.core import jobs
from marketplace.core.clock import now, shifted
from marketplace.core.db import db, transaction
from marketplace.listings import drafting, entering, indexing
from marketplace.organizations.models import Membership, Status
from marketplace.reviews import deciding
from tests.alerts.factories_alerts import mails_to, notices_of, tomorrow, work
from tests.counting import counted
from tests.factories import make_member, make_organization, make_person
from tests.listings.factories_listings import submit

LATER = timedelta(minutes=2)



def changed(house, listing, **content):
    """The agency's listing after a change that the moderator approved."""
    with transaction():
        drafting.edit(listing.id, content, by=house.sides.agency.by)
        entry = submit(house.sides.agency, listing)
        deciding.publish(entry.id, by=house.sides.agency.judge)
    indexing.drain()
    work()


def test_a_new_listing_is_told_at_once_and_a_digest_at_eight_and_nobody_else_hears(house):
    eager, calm, quiet = house.buyer, make_member(house.company), make_member(house.company)
    for person, frequency in ((eager, "at_once"), (calm, "daily"), (quiet, "never")):
        house.save(person=person, organization=house.company, frequency=frequency)
    house.save("q=cheese&fair=any", person=make_person())
    listing = house.achievement("Laser welding of foils")
    [mail] = mails_to(eager)
    assert mail["Subject"] == "New: Laser welding of foils"
    assert f"/achievements/{listing.id}" in mail.get_content()
    assert [len(mails_to(person)) for person in (eager, calm, quiet)] == [1, 0, 0]
    assert [len(notices_of(person)) for person in (eager, calm, quiet)] == [1, 1, 0]
    tasks.digest()
    assert jobs.sweep() == 0
    with shifted(tomorrow()):
        tasks.digest()
        tasks.digest()
        work()
    [digest] = mails_to(calm)
    assert digest["Subject"] == "Today for you: one new listing"
    assert "Laser welding of foils" in digest.get_content()
    with shifted(tomorrow() + timedelta(days=1)):
        tasks.digest()
        work()
    assert (len(mails_to(eager)), len(mails_to(calm))) == (1, 1)  # nothing is new: nobody gets a mail


def test_only_what_is_first_published_later_is_told_and_once_for_a_search(house):
    old = house.achievement("Laser cutting")
    house.save()
    for listing in (old, house.achievement("Laser welding")):
        changed(house, listing, summary_en="Changed.")
    assert len(mails_to(house.buyer)) == 1
    [notice] = notices_of(house.buyer)
    assert notice.listing_id != old.id


def test_a_change_that_brings_a_new_listing_into_a_search_is_told(house):
    house.save("q=plasma&fair=any")
    listing = house.achievement("Laser welding")
    assert mails_to(house.buyer) == []
    changed(house, listing, title_en="Plasma welding")
    assert [mail["Subject"] for mail in mails_to(house.buyer)] == ["New: Plasma welding"]


SEARCHES = {
    "fair=any": True, "q=WELDING&fair=any": True, "trl=7&country=DE&fair=any&sort=newest": True, "trl=unknown&fair=any": False,
    "q=laser+cheese&fair=any": False, "fair={fair}&segment=universities": True, "fair={fair}&segment=frontier": False,
    "organization={agency}&fair=any": True, "organization=nobody&fair=any": False, "": True,
}  # fmt: skip


def test_a_search_finds_what_its_page_would_show(house, client):
    asked = {query.format(fair=house.sides.agency.fair.slug, agency=house.agency.slug): finds for query, finds in SEARCHES.items()}
    saved = {query: house.save(query) for query in asked}
    house.achievement("Laser welding", country="DE")
    shown = {query: "1 achievement</h2>" in client.get(f"/achievements?{query}").text for query in asked}
    told = {notice.search_id for notice in notices_of(house.buyer)}
    assert shown == asked
    assert {query: search.id in told for query, search in saved.items()} == asked


def test_needs_are_told_to_searches_of_needs_and_own_listings_to_nobody(house):
    house.save("q=steam&fair=any", kind="need")
    house.save("q=steam&fair=any", kind="need", person=house.seller, organization=house.agency)
    house.need("Steam without gas")
    assert [[mail["Subject"] for mail in mails_to(person)] for person in (house.buyer, house.seller)] == [[], ["New: Steam without gas"]]


def test_what_comes_within_a_minute_after_a_mail_waits_for_the_next_one(house):
    house.save()
    house.achievement("Laser one")
    house.achievements("Laser two", "Laser three")
    assert len(mails_to(house.buyer)) == 1
    with shifted(LATER):
        work()
        work()
    [first, second] = mails_to(house.buyer)
    assert second["Subject"] == "2 new listings for you"
    assert [title in second.get_content() for title in ("Laser one", "Laser two", "Laser three")] == [False, True, True]


def test_who_left_waits_for_approval_or_is_disabled_gets_nothing(house):
    left, pending, gone, alone = (make_person() for _ in range(4))
    other = make_organization(status=Status.PENDING)
    for person, organization in ((left, house.company), (pending, other), (gone, house.company)):
        make_member(organization, person=person)
        house.save(person=person, organization=organization)
    house.save(person=alone)
    db.session.query(Membership).filter_by(person_id=left.id).update({"ended_at": now()})
    gone.disabled_at = now()
    db.session.commit()
    house.achievement("Laser welding")
    assert [len(mails_to(person)) for person in (left, pending, gone, alone)] == [0, 0, 0, 1]
    assert [len(notices_of(person)) for person in (left, pending, gone)] == [0, 0, 0]


def test_who_leaves_before_the_digest_does_not_get_it_nor_what_was_withdrawn(house):
    leaver, stayer = make_member(house.company), make_member(house.company)
    for person in (leaver, stayer):
        house.save(person=person, organization=house.company, frequency="daily")
    house.achievement("Laser welding")
    listing = house.achievement("Laser cutting")
    with transaction():
        entering.withdraw(listing.id, fair_slug=house.sides.agency.fair.slug, by=house.sides.agency.by)
    db.session.query(Membership).filter_by(person_id=leaver.id).update({"ended_at": now()})
    db.session.commit()
    with shifted(tomorrow()):
        tasks.digest()
        work()
    assert mails_to(leaver) == []
    [mail] = mails_to(stayer)
    assert ("Laser welding" in mail.get_content(), "Laser cutting" in mail.get_content()) == (True, False)


def test_a_digest_that_is_late_is_sent_once_with_everything(house):
    house.save(frequency="daily")
    house.achievement("Laser one")
    with shifted(tomorrow() + timedelta(days=3)):
        house.achievement("Laser two")
    with shifted(tomorrow() + timedelta(days=5)):
        for _ in range(3):
            tasks.digest()
        work()
    [mail] = mails_to(house.buyer)
    assert mail["Subject"] == "Today for you: 2 new listings"


def test_a_job_that_is_repeated_tells_nothing_twice(house, monkeypatch):
    """Killed after its work and before the commit, the job is done again; killed after it, it is not; a second worker finds nothing."""
    house.save()
    house.sides.achievement("Laser welding")
    [row_id] = [row_id for row_id in jobs.due() if db.session.get(jobs.OutboxRow, row_id).task == "alerts.look"]
    payload = db.session.get(jobs.OutboxRow, row_id).payload

    def killed(*_args, **_more):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(mailing.mail, "send", killed)
        with pytest.raises(KeyboardInterrupt):
            jobs.run(row_id)
    assert db.session.scalar(select(func.count()).select_from(Notice)) == 0
    db.session.get(jobs.OutboxRow, row_id).taken_until = now() - timedelta(seconds=1)
    db.session.commit()
    assert jobs.run(row_id)
    assert not jobs.run(row_id)
    with transaction():
        tasks.look(**payload)
    work()
    assert len(mails_to(house.buyer)) == 1


def test_the_number_of_queries_does_not_grow_with_the_searches_and_equal_ones_run_once(house, monkeypatch):
    ran, listing = [], house.sides.achievement("Laser welding of very thin foils")
    monkeypatch.setattr(finding.browsing, "among", lambda *args, **more: ran.append(args) or [listing.id])
    counts = []

    def look():
        ran.clear()
        with transaction():
            db.session.query(Notice).delete()
            db.session.query(AlertReader).delete()
        with counted() as seen, transaction():
            finding.look([listing.id])
        counts.append((len(ran), len([text for text in seen if "INTO outbox" not in text and "SAVEPOINT" not in text])))

    with shifted(-timedelta(hours=1)):
        for query in ("q=laser&fair=any", "q=foils&fair=any"):
            house.save(query)
    look()
    with shifted(-timedelta(hours=1)):
        for query in ("q=laser&fair=any", "fair=any&q=laser", "q=foils&fair=any", "q=welding&fair=any", "q=thin&fair=any"):
            house.save(query, person=make_member(house.company), organization=house.company)
    look()
    assert [searches for searches, _ in counts] == [2, 4]
    assert counts[1][1] == counts[0][1]
    assert db.session.scalar(select(func.count()).select_from(Notice).where(Notice.source == Source.SEARCH)) == 7


def test_more_searches_than_a_job_takes_are_done_by_the_next(house, monkeypatch):
    monkeypatch.setattr(finding, "BATCH", 2)
    people = [make_member(house.company) for _ in range(5)]
    for person in people:
        house.save(person=person, organization=house.company)
    house.achievement("Laser welding")
    assert [len(mails_to(person)) for person in people] == [1] * 5
