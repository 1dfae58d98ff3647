"""The control of `nothing_stored`: however a row is written, the tables looked at again are enough to see what a look at all of them sees."""

import pytest
from sqlalchemy import text, update

from marketplace.core.db import db, transaction
from marketplace.fairs.models import Fair
from marketplace.organizations.models import Membership, Organization
from tests.factories import make_organization, save
from tests.fuzz.state import driver, whole
from tests.rights.standing import undone


def by_an_object(world):
    db.session.get_one(Fair, world.fair.id).name_en = "Another"
    db.session.commit()


def by_a_statement(world):
    with transaction():
        db.session.execute(update(Organization).values(name_zh="另一个"))


def by_text(world):
    db.session.execute(text("DELETE FROM idempotency_keys"))
    db.session.execute(text("DELETE FROM staff"))
    db.session.commit()


def past_the_session(world):
    driver().execute("UPDATE memberships SET role = 'reader' WHERE role = 'editor'")


def by_a_new_row(world):
    make_organization()


def by_a_row_in_the_place_of_another(world):
    """As many rows as before, and all but one column as before."""
    row = db.session.query(Membership).filter_by(person_id=world.people["a_editor"].id).one()
    kept = {name: getattr(row, name) for name in ("organization_id", "person_id", "role", "created_at")}
    db.session.delete(row)
    db.session.flush()
    save(Membership(**kept))


WAYS = {
    by_an_object: {"fairs"}, by_a_statement: {"organizations"}, by_text: {"staff"}, past_the_session: {"memberships"}, by_a_new_row: {"organizations"},
    by_a_row_in_the_place_of_another: {"memberships"},
}  # fmt: skip


@pytest.mark.parametrize("write", WAYS)
def test_whatever_was_written_is_seen(world, watch, write):
    watch.begin()
    with undone():
        write(world)
        seen = watch.look()
        assert seen == whole()
        assert {table for table, digest in seen.items() if digest != watch.before[table]} == WAYS[write]
    assert watch.touched >= WAYS[write], "also what was undone was written"
    assert watch.look() == watch.before


def test_a_look_reads_what_was_written_and_no_more(world, watch):
    watch.begin()
    assert (watch.look(), watch.touched) == (watch.before, set())
    db.session.execute(update(Organization).values(name_zh="另一个"))
    assert (watch.look(), watch.touched) == (watch.before, {"organizations"}), "what is left pending is no part of the database"
