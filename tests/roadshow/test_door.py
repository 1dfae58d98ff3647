"""Interest at the door: with a name or without, once, taken back, taken up in the visitor's name; nobody else reads who came."""

import pytest
from sqlalchemy import func, select

from marketplace.accounts import erasing
from marketplace.core.db import db
from marketplace.core.errors import Forbidden, IllegalMove, NotFound
from marketplace.core.jobs import sweep
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.listings.models import Kind
from marketplace.negotiations import interest
from marketplace.negotiations.door import CannotAsk
from marketplace.negotiations.models import NOT_SAID, Negotiation
from marketplace.roadshow.models import PitchStatus
from marketplace.roadshow.running import door, marking, queries, rules
from marketplace.roadshow.running.models import DoorInterest
from tests.factories import actor, form_token, make_member, make_organization, sign_in
from tests.negotiations.factories_negotiations import make_listing
from tests.roadshow.factories_running import do, make_stage


@pytest.fixture
def stage(app):
    return make_stage()


@pytest.fixture
def company(stage):
    return make_organization(name_en="CANARY-COMPANY", kind="company")


@pytest.fixture
def visitor(company):
    return make_member(company, name="CANARY-VISITOR", email="visitor@example.org")


def code(stage, number=0) -> str:
    return rules.door_code(stage.pitches[number].id)


def test_one_tap_says_so_and_the_presenter_reads_who_agreed(stage, company, visitor, client):
    sign_in(client, visitor, company)
    path = f"/door/{code(stage)}"
    page = client.get(path)
    assert page.status_code == 200 and "Heat pump 0" in page.text
    form = form_token(client, path) | {"pitch_id": str(stage.pitches[0].id), "shares_contact": "on", "question": "How loud is it?"}
    assert client.post(path, data=form).status_code == 303
    assert "The presenter has your name" in client.get(path).text
    sign_in(client, stage.presenters[0], stage.agencies[0])
    own = client.get(f"/roadshow/pitches/{stage.pitches[0].id}").text
    assert "CANARY-VISITOR" in own and "visitor@example.org" in own and "How loud is it?" in own
    sign_in(client, stage.manager)
    staff = client.get(f"/roadshow/pitches/{stage.pitches[0].id}").text
    assert "CANARY" not in staff and "one person interested" in staff
    sign_in(client, stage.presenters[1], stage.agencies[1])
    assert client.get(f"/roadshow/pitches/{stage.pitches[0].id}").status_code == 404


def test_who_gives_no_name_only_counts(stage, visitor):
    pitch = stage.pitches[0].id
    do(door.come, pitch, shares_contact=False, question="never kept", by=actor(visitor))
    assert queries.visitors(stage.fresh(stage.pitches[0])) == []
    assert queries.door_counts([pitch]) == {pitch: 1}
    assert db.session.scalar(select(DoorInterest.question)) is None
    interest = db.session.scalars(select(DoorInterest)).one()
    with pytest.raises(NotFound):
        do(door.take_up, interest.id, by=stage.by(0))
    do(door.come, pitch, shares_contact=True, by=actor(visitor))
    assert [each.name for each in queries.visitors(stage.fresh(stage.pitches[0]))] == ["CANARY-VISITOR"]
    assert queries.door_counts([pitch]) == {pitch: 1}


def test_a_stranger_leaves_name_and_mail_once(stage, client):
    path, pitch = f"/door/{code(stage)}", str(stage.pitches[0].id)
    given = {"pitch_id": pitch, "name": "Ada", "email": "Ada@Example.org", "firm": "Engines"}
    refused = client.post(path, data=form_token(client, path) | given)
    assert refused.status_code == 422 and 'data-code="required"' in refused.text
    assert client.post(path, data=form_token(client, path) | given | {"agrees": "on"}).status_code == 303
    again = client.post(path, data=form_token(client, path) | given | {"agrees": "on", "name": "Somebody else"})
    assert again.status_code == 303, "who came is not told to who guesses addresses"
    (found,) = queries.visitors(stage.fresh(stage.pitches[0]))
    assert (found.name, found.email, found.interest.firm) == ("Ada", "ada@example.org", "Engines")
    with pytest.raises(IllegalMove):
        do(door.take_up, found.interest.id, by=stage.by(0))


def test_a_session_s_door_puts_in_front_what_comes_next(stage, client):
    page = client.get(f"/door/{rules.door_code(stage.session.id)}")
    assert page.status_code == 200
    assert page.text.index("Heat pump 0") < page.text.index("Heat pump 1")
    assert client.get(f"/door/{code(stage).upper()}").status_code == 200
    for wrong in ("nothing", rules.door_code(stage.fair.id)):
        assert client.get(f"/door/{wrong}").status_code == 404


def test_what_was_said_is_taken_back_by_oneself_only(stage, visitor):
    interest = do(door.come, stage.pitches[0].id, shares_contact=True, by=actor(visitor))
    for other in (actor(make_member()), stage.by(0)):
        with pytest.raises(NotFound):
            do(door.withdraw, interest.id, by=other)
    do(door.withdraw, interest.id, by=actor(visitor))
    assert db.session.scalar(select(func.count()).select_from(DoorInterest)) == 0


def test_the_presenter_takes_it_up_as_an_interest_in_the_visitor_s_name(stage, company, visitor):
    interest = do(door.come, stage.pitches[0].id, shares_contact=True, question="How loud is it?", by=actor(visitor))
    for other in (stage.by(1), stage.staff):
        with pytest.raises(NotFound):
            do(door.take_up, interest.id, by=other)
    reader = make_member(stage.agencies[0], "reader")
    with pytest.raises(Forbidden):
        do(door.take_up, interest.id, by=actor(reader, stage.agencies[0]))
    OUTBOX_SEEN.clear()
    taken = do(door.take_up, interest.id, by=stage.by(0))
    thread = db.session.scalars(select(Negotiation)).one()
    assert taken.became == f"negotiation:{thread.id}"
    assert (thread.asked_by_id, thread.asked_by_person_id, thread.answered_by_id) == (company.id, visitor.id, stage.agencies[0].id)
    assert (thread.question, thread.cooperation_wanted) == ("How loud is it?", NOT_SAID), "nobody chose a kind of cooperation"
    while sweep():
        pass
    assert [message["Subject"] for message in OUTBOX_SEEN if message["To"] == "visitor@example.org"] == ["Taken up: “Heat pump 0”"]
    with pytest.raises(IllegalMove):
        do(door.take_up, interest.id, by=stage.by(0))
    with pytest.raises(IllegalMove):
        do(door.withdraw, interest.id, by=actor(visitor))


@pytest.mark.parametrize("reveal", ["now", "on_acceptance"])
def test_two_who_talk_already_go_on_in_the_thread_they_have(stage, company, visitor, reveal):
    need = make_listing(Kind.NEED, company, stage.fair, anonymous=reveal == "on_acceptance")
    talk = do(interest.ask, achievement_id=stage.pitches[0].achievement_id, need_id=need.id, cooperation_wanted="licence",
              question="What does it cost?", asker_kind="medium", reveal=reveal, by=actor(visitor, company))[0]  # fmt: skip
    found = do(door.come, stage.pitches[0].id, shares_contact=True, by=actor(visitor, company))
    if reveal == "now":
        assert do(door.take_up, found.id, by=stage.by(0)).became == f"negotiation:{talk.id}"
    else:
        with pytest.raises(CannotAsk):
            do(door.take_up, found.id, by=stage.by(0))
    assert db.session.scalar(select(func.count()).select_from(Negotiation)) == 1


def test_who_may_not_ask_for_their_organisation_is_written_to_instead(stage, company):
    reader = make_member(company, "reader")
    interest = do(door.come, stage.pitches[0].id, shares_contact=True, by=actor(reader, company))
    with pytest.raises(CannotAsk):
        do(door.take_up, interest.id, by=stage.by(0))
    assert db.session.scalar(select(func.count()).select_from(Negotiation)) == 0


def test_an_anonymous_presenter_is_not_named_at_the_door(app, client):
    stage = make_stage(anonymous=True)
    company = make_organization(kind="company")
    visitor = make_member(company, email="visitor@example.org")
    sign_in(client, visitor, company)
    for path in (f"/door/{code(stage)}", "/roadshow/now", f"/roadshow/sessions/{stage.session.id}/running", f"/roadshow/sessions/{stage.session.id}/room"):
        page = client.get(path)
        assert page.status_code == 200 and "Agency A" not in page.text and "presenter-0" not in page.text, path
    interest = do(door.come, stage.pitches[0].id, shares_contact=True, by=actor(visitor, company))
    do(door.take_up, interest.id, by=stage.by(0))
    while sweep():
        pass
    assert not any("Agency A" in message.as_string() for message in OUTBOX_SEEN if message["To"] == "visitor@example.org")


def test_a_door_is_closed_for_one_s_own_pitch_and_for_what_is_given_up(stage, visitor):
    with pytest.raises(Forbidden):
        do(door.come, stage.pitches[0].id, shares_contact=True, by=stage.by(0))
    stage.fresh(stage.pitches[0]).status = PitchStatus.CANCELLED
    db.session.commit()
    with pytest.raises(door.DoorClosed):
        do(door.come, stage.pitches[0].id, shares_contact=True, by=actor(visitor))
    with pytest.raises(NotFound):
        door.behind(code(stage))
    assert marking.may_mark(stage.pitches[0], stage.session, None) is False


def test_what_an_erased_person_left_at_doors_goes_with_them(stage, visitor):
    do(door.come, stage.pitches[0].id, shares_contact=True, by=actor(visitor))
    do(door.leave_contact, stage.pitches[1].id, name="Same person", email="visitor@example.org")
    do(erasing.erase, visitor.id, by=None)
    assert db.session.scalar(select(func.count()).select_from(DoorInterest)) == 0
