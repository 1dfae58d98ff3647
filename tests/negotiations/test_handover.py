"""The hand-over copies the agreed facts, once, and nothing else."""

import json
from dataclasses import replace

import pytest

from marketplace.core.audit import content_hash
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Forbidden, IllegalMove, NotFound
from marketplace.negotiations import events, handover, interest, queries, rounds
from marketplace.negotiations.models import Handover, Stage
from marketplace.negotiations.points import service as points
from marketplace.negotiations.points.asking import PointsOpen
from tests.factories import actor, make_fair, make_staff
from tests.negotiations.factories_negotiations import ASKED, TERMS, do, handed, make_world, thread_at

LOUD = replace(TERMS, note="CANARY-NOTE", royalty_bp=777, exclusivity="sole", technology_amount_minor=500_000_000)


@pytest.fixture
def world(app):
    return make_world()


def test_only_the_agreed_facts_are_copied(world):
    thread = handed(world, terms=LOUD)
    row = queries.handover_of(thread.id)
    assert set(row.facts) == {"title_en", "title_zh", "parties", "kind", "total_minor", "technology_minor", "currency", "exclusivity", "royalty_bp", "agreed_on"}
    assert (row.facts["title_en"], row.facts["title_zh"]) == ("Heat pump", "热泵")
    assert (row.facts["total_minor"], row.facts["technology_minor"], row.facts["currency"]) == (680_000_000, 500_000_000, "CNY")
    assert (row.facts["kind"], row.facts["exclusivity"], row.facts["royalty_bp"]) == ("licence", "sole", 777)
    assert [(party["role"], party["name"], party["country"]) for party in row.facts["parties"]] == [
        ("provider", "Northgate", "DE"),
        ("recipient", "Hengyuan", "CN"),
    ]
    assert "CANARY" not in json.dumps([row.facts, row.reference])


def test_the_preview_is_what_is_copied(world):
    thread = thread_at(world, Stage.TERMS_AGREED, terms=LOUD)
    shown = handover.preview(queries.thread(thread.id, by=world.buyer))
    row = do(handover.hand_over, thread.id, by=world.buyer)
    assert content_hash(row.facts) == content_hash(shown)


def test_an_undisclosed_amount_stays_undisclosed(world):
    thread = handed(world, terms=replace(TERMS, amount_minor=None, undisclosed=True))
    assert queries.handover_of(thread.id).facts["total_minor"] is None


def test_it_happens_once_and_ends_the_thread(world):
    thread = handed(world)
    assert thread.stage is Stage.READY_TO_SIGN
    assert thread.ended_at is not None
    with pytest.raises(DomainError):
        do(handover.hand_over, thread.id, by=world.buyer)
    again, new = do(interest.ask, achievement_id=world.achievement.id, **ASKED, by=world.buyer)
    assert new
    assert again.id != thread.id


def test_points_that_are_not_settled_are_named_and_gone_over_only_by_saying_so(world):
    thread = thread_at(world, Stage.TERMS_PROPOSED)
    for text in ("Who pays the trial?", "Who trains?"):
        do(points.raise_point, thread.id, text, by=world.seller)
    do(points.settle, thread.id, 2, "We do.", by=world.seller)
    for step, args in ((rounds.agree, [1]), (handover.hand_over, [])):
        with pytest.raises(PointsOpen) as refused:
            do(step, thread.id, *args, by=world.buyer)
        assert [(error.pointer, error.detail) for error in refused.value.errors] == [("/accept_open_points", "Point 1 is not settled: Who pays the trial?")]
        do(step, thread.id, *args, accept_open_points=True, by=world.buyer)
    assert queries.handover_of(thread.id) is not None


@pytest.mark.parametrize("stage", [Stage.INTEREST, Stage.TERMS_PROPOSED, Stage.DECLINED, Stage.WITHDRAWN, Stage.LOST])
def test_nothing_is_handed_over_before_agreement(world, stage):
    thread = thread_at(world, stage)
    with pytest.raises(IllegalMove):
        do(handover.hand_over, thread.id, by=world.seller)


def test_the_announcement_is_part_of_the_transaction(world):
    thread = thread_at(world, Stage.TERMS_AGREED)

    def refuse(row, *, by):
        assert isinstance(row, Handover)
        assert by.person_id == world.at_agency.id
        raise DomainError("not now")

    with events.handed_over.connected_to(refuse), pytest.raises(DomainError):
        do(handover.hand_over, thread.id, by=world.seller)
    assert queries.handover_of(thread.id) is None


def test_the_clerk_of_that_fair_sees_what_waits_and_takes_it_once(world):
    thread = handed(world)
    [row] = queries.waiting_handovers(by=world.staff, fair=world.fair)
    assert row.negotiation_id == thread.id
    assert (queries.handovers_waiting_count(world.staff), queries.handovers_waiting_count(world.buyer)) == (1, 0), "on the clerk's day page"
    do(handover.take, row.id, by=world.staff)
    assert queries.waiting_handovers(by=world.staff, fair=world.fair) == []
    assert queries.handovers_waiting_count(world.staff) == 0
    db.session.refresh(row)
    assert row.taken_by == world.clerk.id
    with pytest.raises(DomainError):
        do(handover.take, row.id, by=world.staff)


def test_nobody_else_sees_or_takes_it(world):
    handed(world)
    [row] = queries.waiting_handovers(by=world.staff, fair=world.fair)
    elsewhere = actor(make_staff(make_fair(), "clerk"))
    verifier = actor(make_staff(world.fair, "verifier"))
    for other in (elsewhere, verifier, world.stranger, world.buyer):
        with pytest.raises(Forbidden):
            queries.waiting_handovers(by=other, fair=world.fair)
        with pytest.raises(NotFound):
            do(handover.take, row.id, by=other)
