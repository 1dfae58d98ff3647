"""The story of a thread: each event with who acted, what changed by a round, and nothing that the reader may not know."""

import pytest

from marketplace.core.db import db
from marketplace.listings.models import Kind
from marketplace.negotiations import handover, interest, queries, rounds, shown, timeline
from marketplace.negotiations.models import Reveal, Stage
from marketplace.negotiations.points import service as points
from marketplace.negotiations.rules import Terms
from marketplace.organizations.models import Kind as OrganizationKind
from marketplace.organizations.models import Mandate, MandateStatus, Role
from tests.factories import actor, api, make_member, make_organization, make_token, save, sign_in
from tests.negotiations.factories_negotiations import TERMS, asked, do, make_listing, make_world, thread_at


@pytest.fixture
def world(app):
    return make_world(current=True)


def story(thread, by):
    found = queries.thread(thread.id, by=by)
    return [(event.who, event.mine, event.said.text) for event in timeline.events(found, by)]


def test_each_event_names_the_organisation_that_acted(world):
    thread = thread_at(world, Stage.TERMS_PROPOSED)
    lower = Terms(amount_minor=620_000_000, currency="CNY", kind="licence", royalty_bp=250)
    do(rounds.offer, thread.id, lower, by=world.buyer)
    do(points.raise_point, thread.id, "Who trains the staff?", by=world.buyer)
    do(rounds.agree, thread.id, 2, accept_open_points=True, by=world.seller)
    do(handover.hand_over, thread.id, accept_open_points=True, by=world.buyer)
    told = story(thread, world.buyer)
    assert [(who, text) for who, _, text in told[-7:]] == [
        ("Hengyuan", "asked to talk"), ("Northgate", "accepted: the talks can begin"), ("Northgate", "put round 1 on the table"),
        ("Hengyuan", "countered with round 2"), ("Hengyuan", "raised point 1"), ("Northgate", "agreed to round 2"),
        ("Hengyuan", "handed the agreed facts to the contract desk"),
    ]  # fmt: skip
    assert all(mine is (who == "Hengyuan") for who, mine, _ in told)
    assert ("Northgate", False, f"published {world.achievement.reference}") in told
    countered = next(e for e in timeline.events(queries.thread(thread.id, by=world.buyer), world.buyer) if e.said.text == "countered with round 2")
    assert [(c.label, str(c.before), str(c.after)) for c in countered.said.changes][0] == ("Total amount", "¥6,800,000.00", "¥6,200,000.00")
    assert [c.label for c in countered.said.changes] == ["Total amount", "Royalty"]


def test_under_a_mandate_the_agency_is_named_too(world):
    institute = make_organization(kind=OrganizationKind.INSTITUTE, name_en="Institute of Heat")
    listing = make_listing(Kind.ACHIEVEMENT, institute, world.fair)
    agent = make_organization(kind=OrganizationKind.AGENCY, name_en="Gobetween")
    person = make_member(agent, name="Ada")
    now = queries.now()
    save(Mandate(
        agency_id=agent.id, principal_id=institute.id, role=Role.EDITOR, ends_on=now.date().replace(year=now.year + 1), status=MandateStatus.IN_FORCE,
        proposed_by_id=agent.id, proposed_by_person_id=person.id, proposed_at=now, accepted_at=now, accepted_by_person_id=person.id,
    ))  # fmt: skip
    thread = asked(world, achievement_id=listing.id)
    do(interest.accept, thread.id, by=actor(person, institute))
    found = queries.thread(thread.id, by=world.buyer)
    accepted = next(event for event in timeline.events(found, world.buyer) if event.said.text.startswith("accepted"))
    assert (accepted.who, accepted.agency, accepted.person) == ("Institute of Heat", "Gobetween", "Ada")


def test_who_is_not_named_yet_is_not_named_by_the_story(app, world):
    hidden = make_listing(Kind.ACHIEVEMENT, world.agency, world.fair, anonymous=True)
    thread = asked(world, achievement_id=hidden.id)
    do(interest.mark_read, thread.id, by=world.seller)
    told = story(thread, world.buyer)
    assert ("organisation not named", False, "read the question") in told
    client = app.test_client()
    sign_in(client, world.at_company, world.company)
    for page in (f"/negotiations/{thread.id}", f"/negotiations/{thread.id}/print"):
        text = client.get(page).text
        assert "read the question" in text
        assert "Northgate" not in text
        assert world.at_agency.name not in text


@pytest.mark.parametrize(
    ("stage", "now", "done"),
    [
        (Stage.INTEREST, "Interest", {"Achievement"}),
        (Stage.TERMS_PROPOSED, "Negotiation", {"Achievement", "Interest"}),
        (Stage.TERMS_AGREED, "Agreement", {"Achievement", "Interest", "Negotiation"}),
        (Stage.LOST, "Negotiation", {"Achievement", "Interest"}),
    ],
)
def test_the_steps_say_where_the_thread_stands(world, stage, now, done):
    thread = queries.thread(thread_at(world, stage).id, by=world.seller)
    steps = shown.steps(thread, timeline.events(thread, world.seller))
    assert [step.label for step in steps if step.look == "now"] == [now]
    assert {step.label for step in steps if step.look == "done"} == done


def test_the_printed_thread_has_every_round(app, world):
    thread = thread_at(world, Stage.TERMS_PROPOSED)
    for number in range(2, 7):
        by = world.buyer if number % 2 == 0 else world.seller
        do(rounds.offer, thread.id, TERMS, by=by)
    client = app.test_client()
    sign_in(client, world.at_agency, world.agency)
    text = client.get(f"/negotiations/{thread.id}/print").text
    assert all(f"Round {number}" in text for number in range(1, 7))
    assert "CANARY-QUESTION" in text
    sign_in(client, world.at_outsider, world.outsider)
    assert client.get(f"/negotiations/{thread.id}/print").status_code == 404
    db.session.rollback()


def test_an_asker_that_waits_with_its_name_is_not_named_by_the_story(app, world):
    thread = asked(world, reveal=Reveal.ON_ACCEPTANCE)
    client = app.test_client()
    sign_in(client, world.at_agency, world.agency)
    for page in (f"/negotiations/{thread.id}", f"/negotiations/{thread.id}/print"):
        text = client.get(page).text
        assert "asked to talk" in text
        assert "Hengyuan" not in text
        assert world.at_company.name not in text
    do(interest.accept, thread.id, by=world.seller)
    assert "Hengyuan" in client.get(f"/negotiations/{thread.id}").text


def test_the_story_as_json(app, world):
    thread = thread_at(world, Stage.COUNTERED, terms=Terms(amount_minor=500_000_000, currency="CNY", kind="licence"))
    address = f"/api/v1/negotiations/{thread.id}/events"
    rows = app.test_client().get(address, headers=api(make_token(world.at_agency, world.agency))).json["rows"]
    assert [(row["who"], row["by_us"], row["step"]) for row in rows][-2:] == [("Northgate", True, "rounds"), ("Hengyuan", False, "rounds")]
    assert rows[-1]["changes"] == [{"label": "Total amount", "before": "¥5,000,000.00", "after": "¥6,800,000.00"}]
    assert app.test_client().get(address, headers=api(make_token(world.at_outsider, world.outsider))).status_code == 404
