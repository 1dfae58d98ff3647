"""The interest: an owner's own questions, and an asker that shows its name on acceptance, on every way by which it could be read."""

import re

import pytest

from marketplace.core.db import db
from marketplace.core.errors import Forbidden, Invalid, NotFound, Stale
from marketplace.core.jobs import sweep
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.coverage import queries as coverage
from marketplace.coverage import service as proposing
from marketplace.listings.models import Kind
from marketplace.listings.owners import Unnamed
from marketplace.negotiations import board, events, interest, queries, questions
from marketplace.negotiations.models import Reveal, Stage
from marketplace.organizations.models import Kind as OrganizationKind
from tests.factories import actor, api, form_token, make_member, make_organization, make_staff, make_token, sign_in
from tests.negotiations.factories_negotiations import ASKED, World, asked, do, make_listing, make_world

VEILED = {"reveal": Reveal.ON_ACCEPTANCE, "asker_kind": "medium"}
NAME = "CANARY-ASKER"


@pytest.fixture
def world(app) -> World:
    found = make_world()
    found.company = make_organization(kind=OrganizationKind.COMPANY, slug="canary-asker", name_en=f"{NAME} Ltd", name_zh=f"{NAME} 公司", country="CN")
    found.at_company = make_member(found.company, name=f"{NAME} Person")
    return found


def clients(app, world):
    found = []
    for person, organization in ((world.at_agency, world.agency), (world.at_company, world.company)):
        client = app.test_client()
        sign_in(client, person, organization)
        found.append(client)
    return found


def ask_for(world, *texts):
    return do(questions.put, world.achievement.id, [(text, None) for text in texts], by=world.seller)


@pytest.mark.parametrize(
    ("answers", "wrong"),
    [
        ({"answer_1": "Three", "answer_2": "Yes"}, []),
        ({"answer_1": "Three"}, ["/answer_2"]),
        ({}, ["/answer_1", "/answer_2"]),
        ({"answer_1": "Three", "answer_2": "Yes", "answer_3": "to nothing"}, []),
    ],
)
def test_each_of_the_owners_questions_wants_an_answer(world, answers, wrong):
    ask_for(world, "How many lines?", "Do you import?")
    if wrong:
        with pytest.raises(Invalid) as refused:
            asked(world, answers=answers)
        assert [error.pointer for error in refused.value.errors] == wrong
    else:
        thread = queries.thread(asked(world, answers=answers).id, by=world.seller)
        assert [(row.question_en, row.answer) for row in thread.answers] == [("How many lines?", "Three"), ("Do you import?", "Yes")]


def test_an_answer_keeps_the_question_that_it_answered(world):
    ask_for(world, "How many lines?")
    thread = asked(world, answers={"answer_1": "Three"})
    ask_for(world, "Another question")
    [row] = queries.thread(thread.id, by=world.buyer).answers
    assert (row.question_en, row.answer) == ("How many lines?", "Three")


def test_who_saw_other_questions_is_shown_the_new_ones(world, app):
    ask_for(world, "How many lines?")
    seen = questions.version(world.achievement.id)
    ask_for(world, "Do you import?")
    with pytest.raises(Stale):
        asked(world, answers={"answer_1": "Three"}, questions_seen=seen)
    _, company = clients(app, world)
    address = f"/negotiations/new?achievement={world.achievement.id}"
    data = ASKED | {"achievement_id": str(world.achievement.id), "answer_1": "Three", "questions_seen": str(seen)} | form_token(company, address)
    answer = company.post(address, data=data)
    assert answer.status_code == 412
    assert "Do you import?" in answer.text
    assert "Three" in answer.text, "what was typed stays"


def test_only_the_owner_asks_own_questions_and_at_most_three(world):
    for other, error in ((world.buyer, NotFound), (world.staff, Forbidden)):
        with pytest.raises(error):
            do(questions.put, world.achievement.id, [("Mine?", None)], by=other)
    with pytest.raises(Invalid):
        ask_for(world, "One?", "Two?", "Three?", "Four?")
    assert [row.position for row in ask_for(world, "One?", "", "Three?")] == [1, 2]


def test_questions_are_read_by_those_who_may_ask(world, client):
    ask_for(world, "How many lines?")
    hidden = make_listing(Kind.ACHIEVEMENT, world.agency, world.fair, published=False)
    token = make_token(world.at_company, world.company)
    read = client.get(f"/api/v1/negotiations/questions/{world.achievement.id}", headers=api(token))
    assert [row["text_en"] for row in read.json["questions"]] == ["How many lines?"]
    body = ASKED | {"achievement_id": str(world.achievement.id), "questions_seen": read.json["seen"]}
    refused = client.post("/api/v1/negotiations", json=body, headers=api(token, key="one"))
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/answer_1")
    made = client.post("/api/v1/negotiations", json=body | {"answer_1": "Three"}, headers=api(token, key="two"))
    assert (made.status_code, made.json["answers"][0]["answer"]) == (201, "Three")
    assert client.get(f"/api/v1/negotiations/questions/{hidden.id}", headers=api(token)).status_code == 404


def test_an_asker_that_waits_with_its_name_is_named_nowhere(world, app, client):
    thread = asked(world, **VEILED)
    agency, company = clients(app, world)
    token = make_token(world.at_agency, world.agency)
    pages = [agency.get(path) for path in ("/", "/negotiations", f"/negotiations/{thread.id}", f"/negotiations/{thread.id}/decline", f"/achievements/{world.achievement.id}")]
    answers = [client.get(path, headers=api(token)) for path in ("/api/v1/negotiations", f"/api/v1/negotiations/{thread.id}")]
    assert all(answer.status_code == 200 for answer in pages + answers)
    for answer in pages + answers:
        assert NAME.lower() not in answer.text.lower()
        assert str(world.company.id) not in answer.text
    shown = answers[1].json
    assert (shown["asked_by"], shown["recipient"]["name"]) == (None, None)
    assert (shown["recipient"]["country"], shown["recipient"]["kind"], shown["asker_kind"]) == ("CN", "company", "medium")
    assert "Company, China" in pages[2].text
    while sweep():
        pass
    assert OUTBOX_SEEN
    assert all(NAME not in message.as_string() for message in OUTBOX_SEEN)
    assert "They read your name only when they accept" in company.get(f"/negotiations/{thread.id}").text


def test_an_asker_that_waits_with_its_name_does_not_write_it_either(world):
    with pytest.raises(Invalid) as refused:
        asked(world, **VEILED, about_us=f"We are {NAME} Ltd.", question="How loud is it?")
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/about_us", "names_asker")]
    asked(world, about_us=f"We are {NAME} Ltd.")


def test_no_page_about_the_thread_names_it_before(world, app):
    thread = asked(world, **VEILED)
    agency, _ = clients(app, world)
    base = f"/negotiations/{thread.id}"
    rules = sorted({rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/negotiations/<uuid:negotiation_id>") and "GET" in rule.methods})
    assert len(rules) > 10
    others = ["/agreements", "/meetings", "/proposals", "/negotiations/points", f"/listings/{world.achievement.id}/access", f"/listings/{world.achievement.id}"]
    for path in [re.sub("<int:[a-z]+>", "1", rule.replace("/negotiations/<uuid:negotiation_id>", base)) for rule in rules] + others:
        answer = agency.get(path, follow_redirects=True)  # what is not possible leads back to the thread
        assert answer.status_code in (200, 404, 409), path
        assert NAME.lower() not in answer.text.lower(), path
        assert str(world.company.id) not in answer.text, path


def test_accepting_names_it_and_a_no_does_not(world, app):
    first, second = asked(world, **VEILED), asked(world, need_id=make_listing(Kind.NEED, world.company, world.fair, anonymous=True).id, **VEILED)
    do(interest.decline, first.id, "not_fit", by=world.seller)
    do(interest.accept, second.id, by=world.seller)
    agency, _ = clients(app, world)
    assert NAME not in agency.get(f"/negotiations/{first.id}").text
    assert NAME in agency.get(f"/negotiations/{second.id}").text
    assert isinstance(queries.thread(first.id, by=world.seller).other, Unnamed)
    assert queries.thread(second.id, by=world.seller).other.id == world.company.id


def test_a_listing_that_shows_the_name_is_not_named_beside_it(world):
    own = make_listing(Kind.NEED, world.company, world.fair)
    with pytest.raises(Invalid) as refused:
        asked(world, need_id=own.id, **VEILED)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/need_id", "names_asker")]
    assert asked(world, need_id=own.id).stage is Stage.INTEREST


@pytest.mark.parametrize("reveal", list(Reveal))
def test_higher_domains_hear_of_it_when_both_know_each_other(world, reveal):
    heard = []

    def hear(negotiation, *, by):
        heard.append((negotiation.stage, by.organization_id))

    with events.began.connected_to(hear):
        thread = asked(world, reveal=reveal)
        assert heard == ([(Stage.INTEREST, world.company.id)] if reveal is Reveal.NOW else [])
        do(interest.accept, thread.id, by=world.seller)
    assert len(heard) == 1


def test_a_proposal_of_staff_does_not_tell_who_asked(world):
    """The moderator brought the two together; then the company asks without its name."""
    moderator = actor(make_staff(world.fair, "moderator"))
    need = make_listing(Kind.NEED, world.company, world.fair)
    proposal = do(proposing.propose, world.fair, need.id, world.achievement.id, notes={}, confirm_broken=True, by=moderator)
    asked(world, **VEILED)
    db.session.refresh(proposal)
    assert proposal.state == "proposed"
    assert coverage._talks([proposal], coverage._abouts([proposal])) == {}


def test_staff_learn_nothing_of_who_asks(world):
    thread = asked(world, **VEILED)
    [state] = board.states(by=world.staff, fair=world.fair).rows
    assert (state.id, state.side_to_move) == (thread.id, "provider")
    assert not {"provider_id", "recipient_id", "question", "asker_kind"} & set(state.__slots__)
