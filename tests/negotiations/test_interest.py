"""Asking, answering and taking back an interest."""

import pytest
from sqlalchemy import func, select

from marketplace.core.audit import AuditRow
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import Forbidden, IllegalMove, Invalid, NotFound
from marketplace.core.jobs import OutboxRow, sweep
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.listings.models import Kind
from marketplace.negotiations import interest, queries
from marketplace.negotiations.models import Negotiation, Stage
from marketplace.organizations.models import Role, Status
from tests.factories import actor, make_fair, make_member, make_organization
from tests.negotiations.factories_negotiations import ASKED, asked, do, make_listing, make_world, thread_at


@pytest.fixture
def world(app):
    return make_world()


def test_a_company_asks_about_an_achievement(world):
    thread = asked(world)
    assert thread.stage is Stage.INTEREST
    assert (thread.provider_id, thread.recipient_id) == (world.agency.id, world.company.id)
    assert (thread.asked_by_id, thread.answered_by_id) == (world.company.id, world.agency.id)
    assert thread.reference.startswith("D-")
    assert len(thread.reference) == len("D-2020-0001")
    assert thread.fair_id == world.fair.id
    assert thread.move_of_id == world.agency.id
    assert thread.version == 1


def test_an_agency_asks_about_a_need_and_names_its_achievement(world):
    thread, new = do(interest.ask, need_id=world.need.id, achievement_id=world.achievement.id, **ASKED, by=world.seller)
    assert new
    assert (thread.provider_id, thread.recipient_id) == (world.agency.id, world.company.id)
    assert thread.answered_by_id == world.company.id


def test_an_open_interest_is_continued_not_repeated(world):
    first = asked(world)
    again, new = do(interest.ask, achievement_id=world.achievement.id, **ASKED, by=world.buyer)
    assert (again.id, new) == (first.id, False)
    assert db.session.scalar(select(func.count()).select_from(Negotiation)) == 1


def test_the_same_pair_asked_from_the_other_side_is_the_same_thread(world):
    pair = {"achievement_id": world.achievement.id, "need_id": world.need.id}
    first, _ = do(interest.ask, **pair, **ASKED, by=world.buyer)
    again, new = do(interest.ask, **pair, **ASKED, by=world.seller)
    assert (again.id, new) == (first.id, False)


def test_another_need_begins_another_thread(world):
    first = asked(world)
    second = asked(world, need_id=world.need.id)
    assert first.id != second.id


@pytest.mark.parametrize("stage", [Stage.DECLINED, Stage.WITHDRAWN, Stage.LOST])
def test_after_the_end_one_may_ask_again(world, stage):
    first = thread_at(world, stage)
    second, new = do(interest.ask, achievement_id=world.achievement.id, **ASKED, by=world.buyer)
    assert new
    assert second.id != first.id


def test_of_two_at_once_the_database_keeps_one_open_thread(world):
    """The look before the insert finds nothing, as in a race; the constraint answers with the first thread."""
    first = asked(world)
    real, calls = queries.open_thread, []

    def blind_once(key):
        calls.append(key)
        return None if len(calls) == 1 else real(key)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queries, "open_thread", blind_once)
        again, new = do(interest.ask, achievement_id=world.achievement.id, **ASKED, by=world.buyer)
    assert (again.id, new) == (first.id, False)
    assert db.session.scalar(select(func.count()).select_from(Negotiation)) == 1


def refused(world, by=None, **listings):
    with pytest.raises(Invalid) as found:
        do(interest.ask, **listings, **ASKED, by=by or world.buyer)
    return [error.code for error in found.value.errors]


def test_hidden_and_unknown_listings_are_refused_alike(world):
    hidden = make_listing(Kind.ACHIEVEMENT, world.agency, world.fair, published=False)
    answers = []
    for listing_id in (hidden.id, world.fair.id, world.need.id):
        with pytest.raises(Invalid) as found:
            do(interest.ask, achievement_id=listing_id, **ASKED, by=world.buyer)
        answers.append([(e.pointer, e.code, e.detail) for e in found.value.errors])
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0][1] == "listing_not_public"


def test_one_does_not_ask_about_ones_own_listing(world):
    assert refused(world, by=world.seller, achievement_id=world.achievement.id) == ["own_listing"]
    assert refused(world, need_id=world.need.id) == ["own_listing"]


def test_a_foreign_need_is_not_brought_along(world):
    other = make_listing(Kind.NEED, world.outsider, world.fair)
    assert refused(world, achievement_id=world.achievement.id, need_id=other.id) == ["companion_foreign"]


def test_a_listing_of_a_closed_fair_cannot_be_asked_about(world):
    closed = make_fair(closed_at=now())
    old = make_listing(Kind.ACHIEVEMENT, world.agency, closed)
    assert refused(world, achievement_id=old.id) == ["listing_not_public"]


def test_the_fair_is_the_one_named_or_the_one_where_both_are_public(world):
    second = make_fair()
    elsewhere = make_listing(Kind.NEED, world.company, second)
    assert refused(world, achievement_id=world.achievement.id, fair=second.slug) == ["fair_differs"]
    assert refused(world, achievement_id=world.achievement.id, need_id=elsewhere.id) == ["fair_differs"]
    assert refused(world, achievement_id=world.achievement.id, fair="no-such-fair") == ["fair_differs"]
    assert asked(world, fair=world.fair.slug).fair_id == world.fair.id


@pytest.mark.parametrize("status", [Status.PENDING, Status.DECLINED])
def test_only_an_approved_organisation_asks(world, status):
    waiting = make_organization(status=status)
    with pytest.raises(Forbidden):
        do(interest.ask, achievement_id=world.achievement.id, **ASKED, by=actor(make_member(waiting)))


def test_a_reader_neither_asks_nor_answers(world):
    reader = actor(make_member(world.agency, Role.READER), world.agency)
    thread = asked(world)
    with pytest.raises(Forbidden):
        do(interest.accept, thread.id, by=reader)
    assert queries.thread(thread.id, by=reader).negotiation.id == thread.id


def test_accepting_begins_the_talks_and_reads_the_question(world):
    thread = asked(world)
    do(interest.accept, thread.id, by=world.seller)
    assert thread.stage is Stage.TALKING
    assert thread.answered_at == thread.read_at
    assert thread.move_of_id == world.agency.id


def test_declining_keeps_reason_and_note(world):
    thread = asked(world)
    do(interest.decline, thread.id, "maturity", note="Too early", by=world.seller)
    assert (thread.stage, thread.decline_reason, thread.decline_note) == (Stage.DECLINED, "maturity", "Too early")
    assert thread.ended_at is not None
    assert thread.open_key is None


def test_a_reason_must_be_one_of_the_list(world):
    thread = asked(world)
    with pytest.raises(Invalid):
        do(interest.decline, thread.id, "mood", by=world.seller)
    db.session.refresh(thread)
    assert thread.stage is Stage.INTEREST


def test_the_asker_does_not_answer_and_the_other_does_not_withdraw(world):
    thread = asked(world)
    for step in (interest.accept, interest.mark_read):
        with pytest.raises(Forbidden):
            do(step, thread.id, by=world.buyer)
    with pytest.raises(Forbidden):
        do(interest.decline, thread.id, "price", by=world.buyer)
    with pytest.raises(Forbidden):
        do(interest.withdraw, thread.id, by=world.seller)


@pytest.mark.parametrize("stage", [Stage.DECLINED, Stage.WITHDRAWN, Stage.TALKING, Stage.TERMS_AGREED, Stage.LOST])
def test_an_answered_interest_is_not_answered_again(world, stage):
    thread = thread_at(world, stage)
    for step, by in ((interest.accept, world.seller), (interest.withdraw, world.buyer)):
        with pytest.raises(IllegalMove):
            do(step, thread.id, by=by)
    with pytest.raises(IllegalMove):
        do(interest.decline, thread.id, "price", by=world.seller)


def test_reading_is_said_once(world):
    thread = asked(world)
    do(interest.mark_read, thread.id, by=world.seller)
    first = thread.read_at
    do(interest.mark_read, thread.id, by=world.seller)
    assert thread.read_at == first is not None
    assert thread.stage is Stage.INTEREST


def test_every_step_leaves_one_audit_row_without_a_word_of_it(world):
    thread = asked(world)
    do(interest.decline, thread.id, "price", note="CANARY-NOTE", by=world.seller)
    rows = list(db.session.scalars(select(AuditRow).where(AuditRow.subject == f"negotiation:{thread.id}")))
    assert sorted(row.action for row in rows) == ["negotiations.ask", "negotiations.decline"]
    assert "CANARY" not in repr([row.facts for row in rows])


def test_the_owners_of_the_other_side_get_mail_without_terms(world):
    make_member(world.agency, Role.EDITOR)
    chinese = make_member(world.agency, Role.OWNER, language="zh")
    asked(world)
    sweep()
    sweep()
    assert {message["To"] for message in OUTBOX_SEEN} == {world.at_agency.email, chinese.email}
    assert all("CANARY" not in message.as_string() and "Heat pump" not in message.get_content() for message in OUTBOX_SEEN)
    assert all("/negotiations/" in message.get_content() for message in OUTBOX_SEEN)
    assert "CANARY" not in repr([row.payload for row in db.session.scalars(select(OutboxRow))])


def test_a_foreign_thread_is_not_found_like_an_unknown_one(world):
    thread = asked(world)
    answers = set()
    for thread_id in (thread.id, world.fair.id):
        for step in (interest.accept, interest.withdraw, interest.mark_read):
            with pytest.raises(NotFound) as found:
                do(step, thread_id, by=world.stranger)
            answers.add(str(found.value.detail))
    assert len(answers) == 1
