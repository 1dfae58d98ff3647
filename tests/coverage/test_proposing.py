"""A proposal from both owners' mail to the talks: who may, what stops it, what each side answers, and what nobody learns."""

from dataclasses import asdict
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from marketplace.accounts import erasing
from marketplace.core.audit import AuditRow
from marketplace.core.clock import now, today
from marketplace.core.db import db
from marketplace.core.errors import Forbidden, IllegalMove, Invalid, NotFound
from marketplace.core.jobs import sweep
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.coverage import noting, queries, service
from marketplace.coverage.models import Answer, CallNote, CallNoteName, ProposalSide, Side, State
from marketplace.coverage.rules import Seen
from marketplace.listings.models import EntryStatus, FairEntry, Kind
from marketplace.matching.models import MatchVerdict, Verdict
from marketplace.negotiations import interest
from tests.coverage.factories_coverage import Fair
from tests.factories import actor, make_fair, make_member, make_organization, make_staff, save
from tests.negotiations.factories_negotiations import ASKED, do, make_listing

YES, NO = Answer.INTERESTED, Answer.DECLINED


@pytest.fixture
def fair(app):
    return Fair()


def answer(fair, proposal, who, given=YES, **more):
    by = {"seller": fair.world.seller, "buyer": fair.world.buyer, "stranger": fair.world.stranger}[who]
    return do(service.answer, proposal.id, given, **({"reason": "field"} if given is NO else {}) | more, by=by)


def sees(fair, proposal, who) -> Seen:
    return queries.own_one(proposal.id, by={"seller": fair.world.seller, "buyer": fair.world.buyer}[who]).seen


def test_both_owners_hear_of_a_proposal_in_their_language(fair):
    fair.world.at_company.language = "zh"
    save(fair.world.at_company)
    proposal = fair.propose()
    sweep()
    sweep()
    by_address = {message["To"]: message for message in OUTBOX_SEEN}
    assert set(by_address) == {fair.world.at_agency.email, fair.world.at_company.email}
    to_agency, to_company = (by_address[person.email].get_content() for person in (fair.world.at_agency, fair.world.at_company))
    assert "Steam at 150 degrees" in to_agency
    assert "CANARY-TO-PROVIDER" in to_agency
    assert "CANARY-TO-RECIPIENT" not in to_agency
    assert "热泵" in to_company
    assert "给需求方" in to_company
    assert f"/proposals/{proposal.id}" in to_company
    assert {queries.waiting_for(who) for who in (fair.world.seller, fair.world.buyer)} == {1}


def test_what_is_withdrawn_at_once_is_heard_of_by_nobody(fair):
    proposal = fair.propose()
    do(service.withdraw, fair.world.fair, proposal.id, by=fair.staff)
    sweep()
    sweep()
    assert OUTBOX_SEEN == []
    assert sees(fair, proposal, "seller") is Seen.WITHDRAWN
    assert queries.waiting_for(fair.world.seller) == 0
    do(service.restore, fair.world.fair, proposal.id, by=fair.staff)
    assert sees(fair, proposal, "seller") is Seen.WAITING
    with pytest.raises(IllegalMove):
        do(service.restore, fair.world.fair, proposal.id, by=fair.staff)


def test_a_pair_is_proposed_once_as_long_as_it_is_open(fair):
    proposal = fair.propose()
    with pytest.raises(service.ProposedAlready):
        fair.propose()
    do(service.withdraw, fair.world.fair, proposal.id, by=fair.staff)
    newer = fair.propose()
    with pytest.raises(service.ProposedAlready):
        do(service.restore, fair.world.fair, proposal.id, by=fair.staff)
    answer(fair, newer, "seller", NO)
    assert db.session.get(type(newer), newer.id).state is State.DECLINED
    assert fair.propose().state is State.PROPOSED
    with pytest.raises(service.ProposedAlready):
        answer(fair, newer, "seller", YES)


def test_a_broken_condition_has_to_be_confirmed(fair):
    world = fair.world
    need = fair.listing(Kind.NEED, world.company, min_trl=8)
    achievement = fair.listing(Kind.ACHIEVEMENT, world.agency, trl=3)
    with pytest.raises(Invalid) as refused:
        do(service.propose, world.fair, need.id, achievement.id, notes={}, by=fair.staff)
    assert refused.value.errors[0].code == "conditions_broken"
    assert do(service.propose, world.fair, need.id, achievement.id, notes={}, confirm_broken=True, by=fair.staff).broken == ["trl"]


def test_only_a_pair_of_two_owners_that_the_fair_shows_can_be_proposed(fair):
    world = fair.world
    own = fair.listing(Kind.NEED, world.agency)
    with pytest.raises(Invalid):
        do(service.propose, world.fair, own.id, world.achievement.id, notes={}, by=fair.staff)
    hidden = make_listing(Kind.NEED, world.company, world.fair, published=False)
    elsewhere = make_listing(Kind.NEED, world.company, make_fair())
    for need_id in (hidden.id, elsewhere.id, world.achievement.id):
        with pytest.raises(NotFound):
            do(service.propose, world.fair, need_id, world.achievement.id, notes={}, by=fair.staff)


def test_staff_of_another_fair_and_a_closed_fair_propose_nothing(fair):
    world, proposal = fair.world, fair.propose()
    for by in (actor(make_staff(make_fair(), "manager")), world.staff, world.seller):  # the world's staff is a clerk
        for step in (lambda by=by: service.propose(world.fair, world.need.id, world.achievement.id, notes={}, by=by),
                     lambda by=by: service.withdraw(world.fair, proposal.id, by=by),
                     lambda by=by: noting.write(world.fair, world.agency.id, said="x", by=by)):  # fmt: skip
            with pytest.raises(NotFound):
                do(step)
    world.fair.closed_at = now()
    save(world.fair)
    with pytest.raises(service.FairIsOver):
        fair.propose()
    with pytest.raises(service.FairIsOver):
        answer(fair, proposal, "seller")


def test_both_interested_is_told_to_both_and_one_no_to_nobody(fair):
    proposal = fair.propose()
    answer(fair, proposal, "buyer")
    before = {who: queries.own_one(proposal.id, by=by) for who, by in (("seller", fair.world.seller),)}
    version = before["seller"].side.version
    answer(fair, proposal, "buyer", NO)
    after = queries.own_one(proposal.id, by=fair.world.seller)
    assert (after.seen, after.side.version) == (Seen.WAITING, version), "the other side cannot even see that something changed"
    answer(fair, proposal, "seller")
    assert sees(fair, proposal, "seller") is Seen.INTERESTED
    sweep()
    OUTBOX_SEEN.clear()
    answer(fair, proposal, "buyer", YES)
    assert sees(fair, proposal, "seller") is sees(fair, proposal, "buyer") is Seen.BOTH
    sweep()
    sweep()
    assert {message["To"] for message in OUTBOX_SEEN} == {fair.world.at_agency.email, fair.world.at_company.email}
    assert queries.own_one(proposal.id, by=fair.world.seller).side.version > version
    do(service.take_back, proposal.id, by=fair.world.buyer)
    assert sees(fair, proposal, "buyer") is Seen.WAITING
    with pytest.raises(NotFound):
        do(service.take_back, proposal.id, by=fair.world.buyer)


def test_a_no_has_one_of_the_six_reasons(fair):
    proposal = fair.propose()
    for more, code in (({"reason": None}, "required"), ({"reason": "rude"}, "code_unknown"), ({"reason": "other"}, "text_empty")):
        with pytest.raises(Invalid) as refused:
            answer(fair, proposal, "seller", NO, **more)
        assert refused.value.errors[0].code == code
    assert answer(fair, proposal, "seller", NO, reason="other", reply="no capacity").reply == "no capacity"


def test_a_stranger_finds_nothing_and_a_reader_answers_nothing(fair):
    proposal = fair.propose()
    with pytest.raises(NotFound):
        answer(fair, proposal, "stranger")
    reader = actor(make_member(fair.world.agency, "reader"))
    assert queries.own_one(proposal.id, by=reader).seen is Seen.WAITING
    with pytest.raises(Forbidden):
        do(service.answer, proposal.id, YES, by=reader)


def test_whoever_asks_the_other_has_taken_the_proposal_up(fair):
    world, proposal = fair.world, fair.propose()
    other = fair.listing(Kind.NEED, make_organization())
    elsewhere = do(service.propose, world.fair, other.id, world.achievement.id, notes={}, by=fair.staff)
    thread, _ = do(interest.ask, achievement_id=world.achievement.id, need_id=world.need.id, **ASKED, by=world.buyer)
    mine = queries.own_one(proposal.id, by=world.seller)
    assert (mine.seen, mine.talks) == (Seen.TALKING, thread.id)
    assert db.session.get(type(elsewhere), elsewhere.id).state is State.PROPOSED, "another buyer's proposal waits on"
    with pytest.raises(IllegalMove):
        answer(fair, proposal, "seller")
    rows = [row.action for row in db.session.scalars(select(AuditRow).where(AuditRow.subject == f"proposal:{proposal.id}").order_by(AuditRow.seq))]
    assert rows == ["coverage.propose", "coverage.talks"]


def test_staff_learn_nothing_of_what_a_side_put_away(fair):
    """Negative control beside it: the organisation itself does read its verdict."""
    world, proposal = fair.world, fair.propose()

    def staff_sees():
        [found] = queries.proposed([queries.get(world.fair, proposal.id)])
        return found.proposal.state, {side: asdict_of(row) for side, row in found.sides.items()}

    def asdict_of(row):
        return {column.key: getattr(row, column.key) for column in ProposalSide.__table__.columns}

    before = staff_sees()
    save(MatchVerdict(
        organization_id=world.agency.id, need_id=world.need.id, achievement_id=world.achievement.id, verdict=Verdict.DISMISSED,
        reason="field", person_id=world.at_agency.id, said_at=now(),
    ))  # fmt: skip
    assert staff_sees() == before
    assert queries.put_away(queries.own_one(proposal.id, by=world.seller), by=world.seller).reason == "field"
    assert queries.put_away(queries.own_one(proposal.id, by=world.buyer), by=world.buyer) is None


def test_what_the_fair_does_not_show_any_more_has_no_title_for_the_other_side(fair):
    proposal = fair.propose()
    entry = db.session.scalars(select(FairEntry).where(FairEntry.listing_id == fair.world.need.id)).one()
    entry.status, entry.published_number = EntryStatus.WITHDRAWN, None
    save(entry)
    mine = queries.own_one(proposal.id, by=fair.world.seller)
    assert (mine.other.public, mine.can_talk, mine.own.public) == (False, False, True)
    assert "title_en" in asdict(mine.other)


def test_a_call_note_is_for_the_fairs_staff_and_its_name_can_be_erased(fair):
    world = fair.world
    person = make_member(world.agency, name="Mei Erased-Entirely")
    note = do(
        noting.write, world.fair, world.agency.id, said="asks for a demonstration", spoke_with=person.name, next_on=today("UTC"),
        listing_id=world.achievement.id, by=fair.staff,
    )  # fmt: skip
    with pytest.raises(Invalid):
        do(noting.write, world.fair, world.agency.id, said="x", listing_id=world.need.id, by=fair.staff)
    with pytest.raises(NotFound):
        do(noting.write, world.fair, make_organization().id, said="x", by=fair.staff)
    [(found, writer, listing)] = queries.noted([note])
    assert (found.spoke_with, writer, listing.id) == (person.name, fair.moderator.name, world.achievement.id)
    do(erasing.erase, person.id, by=None)
    db.session.expire_all()
    assert db.session.get(CallNote, note.id).spoke_with == "–"
    assert db.session.scalar(select(func.count()).select_from(CallNoteName)) == 0


def test_the_latest_note_says_when_to_call_again(fair):
    world = fair.world
    for day in (datetime(2026, 12, 1, tzinfo=UTC).date(), None):
        do(noting.write, world.fair, world.agency.id, said="x", next_on=day, by=fair.staff)
        assert queries.next_calls(world.fair, [world.agency.id])[world.agency.id][1] == day


def test_sides_keep_their_own_notes(fair):
    proposal = fair.propose(notes={Side.PROVIDER: service.Note(en="for you")})
    sides = {side.side: side.note_en for side in db.session.scalars(select(ProposalSide).where(ProposalSide.proposal_id == proposal.id))}
    assert sides == {Side.PROVIDER: "for you", Side.RECIPIENT: None}
