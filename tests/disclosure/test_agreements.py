"""Agreements of secrecy: proposed, confirmed by both, ended; what each moment opens."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from marketplace.core.audit import AuditRow
from marketplace.core.db import db
from marketplace.core.errors import Duplicate, Forbidden, IllegalMove, Invalid, NotFound, Stale
from marketplace.core.jobs import sweep
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.core.states import check_move
from marketplace.disclosure import agreements, queries, rules
from marketplace.disclosure.models import MOVES, Agreement, State, Template
from marketplace.listings.levels import Level
from marketplace.negotiations import rounds, staging
from marketplace.negotiations.models import Stage
from tests.factories import actor, make_member
from tests.negotiations.factories_negotiations import asked, do, make_world, thread_at, tomorrow

IN_A_MONTH = date.today() + timedelta(days=30)


@pytest.fixture
def world(app):
    return make_world()


@pytest.fixture
def talks(world):
    return thread_at(world, Stage.TALKING)


def proposed(talks, world, *, by=None, **more):
    return do(agreements.propose, talks.id, **{"template": "mutual", "ends_on": IN_A_MONTH, **more}, by=by or world.buyer)


def in_force(talks, world, **more):
    agreement = proposed(talks, world, **more)
    for by in (world.buyer, world.seller):
        do(agreements.confirm, agreement.id, agreement.content_hash, by=by)
    return agreement


def level(world):
    db.session.expire_all()
    return queries.level_of(world.achievement.id, world.agency.id, world.buyer)


@pytest.mark.one_database
@pytest.mark.parametrize("start", State)
@pytest.mark.parametrize("end", State)
def test_every_pair_of_states(start, end):
    allowed = {(State.PROPOSED, State.IN_FORCE), (State.PROPOSED, State.WITHDRAWN), (State.IN_FORCE, State.ENDED)}
    if (start, end) in allowed:
        assert check_move(MOVES, start, end) is end
    else:
        with pytest.raises(IllegalMove):
            check_move(MOVES, start, end)


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("template", "opens_provider", "opens_recipient"),
    [(Template.MUTUAL, True, True), (Template.PROVIDER, True, False), (Template.RECIPIENT, False, True)],
)
def test_an_agreement_opens_the_listings_of_who_discloses(template, opens_provider, opens_recipient):
    from uuid import uuid4

    agreement = Agreement(template=template, provider_id=uuid4(), recipient_id=uuid4())
    assert rules.opens(agreement, agreement.provider_id) is opens_provider
    assert rules.opens(agreement, agreement.recipient_id) is opens_recipient


@pytest.mark.one_database
def test_the_last_day_ends_at_the_fairs_place_and_at_it_nothing_is_open():
    ends_at = rules.ends_at(date(2026, 3, 28), "Europe/Berlin")
    assert ends_at == datetime(2026, 3, 29, tzinfo=ZoneInfo("Europe/Berlin"))
    agreement = Agreement(state=State.IN_FORCE, ends_at=ends_at)
    assert rules.standing(agreement, ends_at - timedelta(microseconds=1)) is State.IN_FORCE
    assert rules.standing(agreement, ends_at) is State.ENDED
    assert rules.last_day(date(2024, 2, 29)) == date(2034, 2, 28)


@pytest.mark.one_database
@pytest.mark.parametrize("template", Template)
def test_both_texts_name_parties_purpose_and_last_day(template):
    terms = rules.Terms(
        template=template, provider=rules.Party(name_en="Northgate", name_zh="北门", country="DE"),
        recipient=rules.Party(name_en="Hengyuan", name_zh="恒远", country="CN"), about=(("A-1", "Heat pump", "热泵"),), reference="D-1",
        ends_on=date(2027, 1, 31), special_terms="Samples go back.",
    )  # fmt: skip
    english, chinese = rules.texts(terms)
    assert all(said in english for said in ("Northgate (DE)", "Hengyuan (CN)", "Heat pump", "2027-01-31", "Samples go back."))
    assert all(said in chinese for said in ("北门", "恒远", "热泵", "2027年1月31日", "Samples go back."))
    assert len(english.split("\n\n")) == len(chinese.split("\n\n"))


def test_it_is_in_force_once_both_confirmed_the_same_text(world, talks):
    assert level(world) is Level.AFTER_INTEREST
    agreement = proposed(talks, world)
    with pytest.raises(Stale):
        do(agreements.confirm, agreement.id, "0" * 64, by=world.seller)
    do(agreements.confirm, agreement.id, agreement.content_hash, by=world.buyer)
    do(agreements.confirm, agreement.id, agreement.content_hash, by=world.buyer)  # a second press
    assert (agreement.state, level(world)) == (State.PROPOSED, Level.AFTER_INTEREST)
    assert (queries.to_confirm(by=world.seller), queries.to_confirm(by=world.buyer)) == (1, 0)
    do(agreements.confirm, agreement.id, agreement.content_hash, by=world.seller)
    assert (agreement.state, level(world)) == (State.IN_FORCE, Level.AFTER_NDA)
    assert rules.content_hash(agreement.text_en, agreement.text_zh) == agreement.content_hash
    rows = db.session.query(AuditRow).filter(AuditRow.action.like("disclosure.%")).order_by(AuditRow.seq)
    assert [row.action for row in rows] == ["disclosure.propose", "disclosure.confirm", "disclosure.begin"]


def test_either_side_ends_it_and_access_closes_at_once(world, talks):
    agreement = in_force(talks, world)
    do(agreements.end, agreement.id, by=world.seller)
    assert (agreement.state, level(world)) == (State.ENDED, Level.AFTER_INTEREST)
    for again in (agreements.end, lambda id, by: agreements.confirm(id, agreement.content_hash, by=by)):
        with pytest.raises(IllegalMove):
            do(again, agreement.id, by=world.buyer)
    assert proposed(talks, world).state is State.PROPOSED


def test_its_last_day_ends_it_by_the_clock_alone_and_another_can_follow(world, talks, monkeypatch):
    agreement = in_force(talks, world, ends_on=date.today() + timedelta(days=2))
    later = agreement.ends_at
    for module in (queries, agreements):
        monkeypatch.setattr(module, "now", lambda: later)
    assert level(world) is Level.AFTER_INTEREST
    assert agreement.state is State.IN_FORCE  # nobody wrote it down
    with pytest.raises(IllegalMove):
        do(agreements.end, agreement.id, by=world.buyer)
    following = proposed(talks, world, ends_on=date.today() + timedelta(days=90))
    assert (agreement.state, agreement.ended_at, agreement.ended_by_id) == (State.ENDED, later, None)
    assert following.open_key == talks.id


def test_the_end_of_the_talks_closes_everything(world, talks):
    in_force(talks, world)
    do(rounds.lose, talks.id, "price", by=world.seller)
    assert level(world) is None
    with pytest.raises(IllegalMove):
        proposed(talks, world)


def test_a_one_way_agreement_opens_one_side_only(world, talks):
    in_force(talks, world, template="recipient_discloses")
    assert level(world) is Level.AFTER_INTEREST


@pytest.mark.parametrize("days", [0, -1, 3700])
def test_the_last_day_is_one_day_to_ten_years_ahead(world, talks, days):
    with pytest.raises(Invalid):
        proposed(talks, world, ends_on=datetime.now(UTC).astimezone(ZoneInfo("Asia/Shanghai")).date() + timedelta(days=days))


def test_who_may_not(world, talks):
    reader = actor(make_member(world.company, "reader"), world.company)
    agreement = proposed(talks, world)
    for by, refusal in ((world.stranger, NotFound), (reader, Forbidden)):
        with pytest.raises(refusal):
            do(agreements.confirm, agreement.id, agreement.content_hash, by=by)
        with pytest.raises(refusal):
            proposed(talks, world, by=by)
    with pytest.raises(NotFound):
        queries.one(agreement.id, by=world.stranger)
    with pytest.raises(Duplicate):
        proposed(talks, world, by=world.seller)


def test_nothing_is_proposed_before_the_interest_is_accepted(world):
    with pytest.raises(IllegalMove):
        proposed(asked(world), world)


def test_both_sides_are_told_by_mail_and_never_what_stands_in_it(world, talks):
    in_force(talks, world, special_terms="Unsaid terms")
    OUTBOX_SEEN.clear()
    while sweep():
        pass
    told = [message for message in OUTBOX_SEEN if "secrecy" in message["Subject"]]
    assert sorted(message["To"] for message in told) == sorted([world.at_agency.email] * 3 + [world.at_company.email])
    assert not any("Unsaid" in message.get_content() for message in told)


@pytest.mark.parametrize("rest", ["pause", "evaluate"])
def test_secrecy_is_not_forgotten_over_a_pause_or_an_evaluation(talks, world, rest):
    if rest == "pause":
        do(staging.pause, talks.id, tomorrow(world.fair), by=world.buyer)
    else:
        do(staging.take, talks.id, "evaluate", by=world.buyer)
    in_force(talks, world)
    do(staging.take, talks.id, "resume" if rest == "pause" else "talk", by=world.buyer)
    assert talks.stage is Stage.NDA


def test_talks_stand_at_secrecy_agreed_when_both_confirmed_and_a_pause_closes_nothing(talks, world):
    agreement = proposed(talks, world)
    do(agreements.confirm, agreement.id, agreement.content_hash, by=world.buyer)
    assert talks.stage is Stage.TALKING
    do(agreements.confirm, agreement.id, agreement.content_hash, by=world.seller)
    assert talks.stage is Stage.NDA
    do(staging.pause, talks.id, tomorrow(world.fair), by=world.buyer)
    assert level(world) is Level.AFTER_NDA
    do(staging.take, talks.id, "resume", by=world.seller)
    do(agreements.end, agreement.id, by=world.seller)
    assert (talks.stage, level(world)) == (Stage.NDA, Level.AFTER_INTEREST)
