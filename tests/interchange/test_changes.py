"""The list of changes: in order, each listing once, none skipped, and a cursor that never expires silently."""

import pytest
from sqlalchemy import select

from marketplace.core import jobs
from marketplace.core.db import db, transaction
from marketplace.interchange import tasks
from marketplace.interchange.models import PublicRecord
from marketplace.listings import drafting, indexing
from marketplace.listings.models import Kind, Listing
from tests.listings.factories_listings import draft


def told(answer):
    return [(row["change"], row["id"]) for row in answer["rows"]]


def test_a_reader_who_polls_meets_every_change(shelf):
    first, second = shelf.publish(), shelf.publish(Kind.NEED)
    begun = shelf.changes()
    assert told(begun) == [("upsert", str(first.id)), ("upsert", str(second.id))] and begun["more"] is False
    assert begun["rows"][0]["listing"]["reference"] == first.reference and begun["rows"][1]["kind"] == "need"
    assert shelf.changes(begun["next"]) == {"rows": [], "next": begun["next"], "more": False}
    shelf.withdraw(first)
    third = shelf.publish()
    later = shelf.changes(begun["next"])
    assert told(later) == [("delete", str(first.id)), ("upsert", str(third.id))] and later["rows"][0]["listing"] is None
    assert told(shelf.changes()) == [("upsert", str(second.id)), ("delete", str(first.id)), ("upsert", str(third.id))]
    seen, at = [], 0
    while True:
        page = shelf.changes(at, limit=1)
        seen += told(page)
        at = page["next"]
        if not page["more"]:
            break
    assert seen == told(shelf.changes()) and [row["seq"] for row in shelf.changes()["rows"]] == sorted(row["seq"] for row in shelf.changes()["rows"])


def test_what_changes_nothing_that_the_public_sees_is_no_change(shelf):
    listing = shelf.publish()
    begun = shelf.changes()["next"]
    shelf.noted(listing)
    assert shelf.changes(begun)["rows"] == []
    shelf.publish(listing=_edited(shelf, listing))
    assert told(shelf.changes(begun)) == [("upsert", str(listing.id))]


def _edited(shelf, listing):
    with transaction():
        return drafting.edit(listing.id, {"title_en": "Another name of it"}, by=shelf.market.by)


@pytest.mark.parametrize("asked", ["-1", "x", "1.5", str(10**18)])
@pytest.mark.one_database
def test_a_number_that_cannot_be_is_refused(client, asked):
    assert client.get(f"/api/v1/changes?since={asked}").status_code == 400


def test_a_reader_who_saw_more_than_this_server_has_is_told_so(shelf):
    shelf.publish()
    answer = shelf.client.get("/api/v1/changes?since=99")
    assert answer.status_code == 410 and "restored" in answer.get_json()["detail"]


def test_the_records_follow_the_index(shelf):
    listing = shelf.publish(noted=False)
    indexing.drain()
    assert told(shelf.changes()) == [("upsert", str(listing.id))]
    indexing.rebuild()
    assert len(shelf.changes()["rows"]) == 1 and shelf.changes()["next"] == 1


def test_what_was_public_before_there_were_records_gets_them(shelf):
    listing = shelf.publish(noted=False)
    draft(shelf.market)
    tasks.catch_up()
    tasks.catch_up()
    assert told(shelf.changes()) == [("upsert", str(listing.id))]
    with transaction():
        row = db.session.get_one(Listing, listing.id)
        row.public_number = None
    jobs.TASKS["interchange.catch_up"]()
    assert told(shelf.changes()) == [("delete", str(listing.id))]


def test_a_listing_that_is_no_longer_public_is_never_given_out(shelf):
    listing = shelf.publish()
    with transaction():
        db.session.get_one(Listing, listing.id).public_number = None
    assert told(shelf.changes()) == [("delete", str(listing.id))]
    assert db.session.scalar(select(PublicRecord.shown)) is True, "its record says so a moment later"
