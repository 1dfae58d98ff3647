"""Listings and threads that exist are carried to the tables of later revisions, and back."""

from datetime import UTC, date, datetime
from uuid import UUID

import flask_migrate
from sqlalchemy import insert

from marketplace.core.db import db
from tests.migrations.rows import FAIR, put, rows_of


def test_listings_that_exist_keep_their_owners_versions_and_entries(product):
    """Tables that others refer to are made anew while they hold rows."""
    flask_migrate.upgrade(revision="0005")
    moment, owner, listing = datetime(2026, 9, 1, 8, tzinfo=UTC), UUID(int=2), UUID(int=3)
    put("fairs", FAIR)
    put("organizations", {"id": owner, "slug": "a", "kind": "agency", "name_en": "A", "name_key": "a", "country": "DE", "status": "approved", "created_at": moment, "version": 1})
    put("listings", {
        "id": listing, "num": 1, "kind": "need", "reference": "N-2026-000001", "organization_id": owner, "draft_number": 1, "public_number": 1,
        "created_at": moment, "changed_at": moment, "version": 1,
    })  # fmt: skip
    empty = dict.fromkeys(("technology_codes", "unknowns", "deal_kinds", "target_countries", "excluded_countries", "partner_kinds", "languages", "parameters"), [])
    put("listing_versions", {"id": UUID(int=4), "listing_id": listing, "number": 1, "created_at": moment, "title_en": "Steam", **empty})
    put("fair_entries", {
        "id": UUID(int=5), "listing_id": listing, "fair_id": FAIR["id"], "kind": "need", "num": 1, "status": "published", "published_number": 1, "version": 1,
    })  # fmt: skip
    names = ("organizations", "listings", "listing_versions", "fair_entries")
    before = {name: rows_of(name) for name in names}
    flask_migrate.upgrade()
    assert [(row["shown_owner_id"], row["anonymous"], row["open_for_interest"]) for row in rows_of("listings")] == [(owner, False, True)]
    assert [(row["reserved"], row["levels"], row["files"]) for row in rows_of("listing_versions")] == [({}, {}, [])]
    with db.engine.connect().execution_options(writing=True) as connection, connection.begin():
        connection.exec_driver_sql("UPDATE fair_entries SET status = 'expired', expired_number = 1, published_number = NULL")
    flask_migrate.downgrade(revision="0005")
    before["fair_entries"][0] |= {"status": "withdrawn", "published_number": None}
    assert {name: [{key: str(value) for key, value in row.items()} for row in rows_of(name)] for name in names} == {
        name: [{key: str(value) for key, value in row.items()} for row in rows] for name, rows in before.items()
    }


STAGED = [
    # before, statuses of its rounds, agreement in force, handed over, the stage it moves to, and back
    ("interest", "", False, False, "interest", "interest"),
    ("talking", "", False, False, "talking", "talking"),
    ("talking", "", True, False, "nda", "talking"),
    ("talking", "open", True, False, "terms_proposed", "talking"),
    ("talking", "countered open", False, False, "countered", "talking"),
    ("agreed", "agreed", False, False, "terms_agreed", "agreed"),
    ("agreed", "agreed", False, True, "ready_to_sign", "agreed"),
    ("lost", "", False, False, "lost", "lost"),
]


def test_threads_that_exist_move_to_the_stage_they_stand_at_and_back(product):
    flask_migrate.upgrade(revision="0006")
    moment, one, other, person, listing = datetime(2026, 9, 1, 8, tzinfo=UTC), UUID(int=2), UUID(int=3), UUID(int=4), UUID(int=5)
    put("fairs", FAIR)
    side = {"kind": "agency", "country": "DE", "status": "approved", "created_at": moment, "version": 1, "absorbed": []}
    put("organizations", side | {"id": one, "slug": "a", "name_en": "A", "name_key": "a"}, side | {"id": other, "slug": "b", "name_en": "B", "name_key": "b"})
    put("people", {"id": person, "name": "P", "email": "p@example.org", "language": "en", "admin": False, "created_at": moment, "version": 1})
    put("listings", {
        "id": listing, "num": 1, "kind": "achievement", "reference": "A-2026-000001", "organization_id": one, "draft_number": 1, "created_at": moment,
        "changed_at": moment, "version": 1, "anonymous": False, "shown_owner_id": one, "open_for_interest": True,
    })  # fmt: skip
    for number, (stage, rounds, secret, handed, _, _) in enumerate(STAGED):
        thread, ended = UUID(int=100 + number), stage == "lost" or handed
        put("negotiations", {
            "id": thread, "reference": f"D-2026-{number:04d}", "fair_id": FAIR["id"], "achievement_id": listing, "achievement_number": 1, "provider_id": one,
            "recipient_id": other, "asked_by_id": other, "answered_by_id": one, "asked_by_person_id": person, "cooperation_wanted": "licence",
            "open_key": None if ended else f"key-{number}", "question": "May we?", "stage": stage, "lost_reason": "other" if stage == "lost" else None,
            "sent_at": moment, "moved_at": moment, "ended_at": moment if ended else None, "move_of_id": None if ended else one, "version": 1,
        })  # fmt: skip
        for count, status in enumerate(rounds.split(), 1):
            put("negotiation_rounds", {
                "id": UUID(int=1000 + 10 * number + count), "negotiation_id": thread, "number": count, "organization_id": one, "person_id": person,
                "undisclosed": False, "status": status, "made_at": moment,
            })  # fmt: skip
        if secret:
            put("disclosure_agreements", {
                "id": UUID(int=2000 + number), "negotiation_id": thread, "open_key": thread, "provider_id": one, "recipient_id": other, "proposed_by_id": one,
                "proposed_by_person_id": person, "proposed_at": moment, "template": "mutual", "ends_on": date(2027, 1, 1), "ends_at": moment, "text_en": "x",
                "text_zh": "x", "content_hash": "0" * 64, "provider_confirmed_at": moment, "provider_confirmed_by": person,
                "recipient_confirmed_at": moment, "recipient_confirmed_by": person, "begun_at": moment, "state": "in_force", "version": 1,
            })  # fmt: skip
        if handed:
            put("negotiation_handovers", {
                "id": UUID(int=3000 + number), "negotiation_id": thread, "reference": "D", "fair_id": FAIR["id"], "facts": {}, "handed_at": moment,
                "handed_by": person, "organization_id": one,
            })  # fmt: skip

    def stages() -> list[str]:
        return [row["stage"] for row in sorted(rows_of("negotiations"), key=lambda row: row["reference"])]

    flask_migrate.upgrade()
    assert stages() == [row[4] for row in STAGED]
    assert {row["due_on"] for row in rows_of("negotiations") if row["move_of_id"]} == {date(2026, 9, 8)}
    with db.engine.connect().execution_options(writing=True) as connection, connection.begin():
        connection.exec_driver_sql("UPDATE negotiations SET reveal = 'on_acceptance' WHERE stage = 'interest'")
        connection.execute(insert(db.metadata.tables["bookings"]), [
            {"resource": f"{kind}:1", "cell": moment, "holder": f"{holder}:1"}
            for kind, holder in (("place", "closure"), ("person", "absence"), ("place2", "move"), ("interpreter", "meeting"), ("place3", "session"))
        ])  # fmt: skip
    flask_migrate.downgrade(revision="0006")
    assert stages() == ["withdrawn", *(row[5] for row in STAGED[1:])], "a question whose asker was not named is taken back"
    assert [row["holder"] for row in rows_of("bookings")] == ["session:1"]
