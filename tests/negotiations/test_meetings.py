"""A meeting stands with the negotiation it belongs to."""

from datetime import timedelta

import pytest

from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.meetings.models import Meeting, MeetingStatus
from marketplace.negotiations.models import Stage
from marketplace.organizations.models import Organization
from tests.factories import api, form_token, make_member, make_organization, make_token, save, sign_in
from tests.negotiations.factories_negotiations import make_world, thread_at
from tests.venue.factories_venue import make_place


@pytest.fixture
def world(app):
    return make_world()


def make_meeting(world, one, other):
    person = make_member(one)
    return save(Meeting(
        fair_id=world.fair.id, place_id=make_place(world.fair).id, from_organization_id=one.id, to_organization_id=other.id,
        requested_by=person.id, topic="Price of the licence", starts_at=now() + timedelta(hours=2), length_minutes=30,
        status=MeetingStatus.CONFIRMED, created_at=now(),
    ))  # fmt: skip


def sides(world, thread):
    return db.session.get(Organization, thread.provider_id), db.session.get(Organization, thread.recipient_id)


def test_a_meeting_of_the_pair_is_linked_once(client, world):
    thread = thread_at(world, Stage.TERMS_PROPOSED)
    provider, recipient = sides(world, thread)
    meeting = make_meeting(world, recipient, provider)
    secret = make_token(make_member(provider), provider)
    url = f"/api/v1/negotiations/{thread.id}"
    assert client.get(url, headers=api(secret)).json["meetings"] == []
    linked = client.post(f"{url}/meetings", json={"meeting_id": str(meeting.id)}, headers=api(secret))
    assert [row["id"] for row in linked.json["meetings"]] == [str(meeting.id)], linked.text
    again = client.post(f"{url}/meetings", json={"meeting_id": str(meeting.id)}, headers=api(secret))
    assert again.status_code == 409


def test_a_meeting_with_somebody_else_is_not_found(client, world):
    thread = thread_at(world, Stage.TERMS_PROPOSED)
    provider, _recipient = sides(world, thread)
    foreign = make_meeting(world, make_organization(), make_organization())
    other = make_meeting(world, provider, make_organization())
    secret = make_token(make_member(provider), provider)
    for meeting in (foreign, other):
        answer = client.post(f"/api/v1/negotiations/{thread.id}/meetings", json={"meeting_id": str(meeting.id)}, headers=api(secret))
        assert answer.status_code == 404
    outsider = make_organization()
    stranger = make_token(make_member(outsider), outsider)
    assert client.post(f"/api/v1/negotiations/{thread.id}/meetings", json={"meeting_id": str(other.id)}, headers=api(stranger)).status_code == 404


def test_the_page_links_a_meeting_by_one_click(client, world):
    thread = thread_at(world, Stage.TERMS_PROPOSED)
    provider, recipient = sides(world, thread)
    meeting = make_meeting(world, provider, recipient)
    person = make_member(recipient)
    sign_in(client, person, recipient)
    page = f"/negotiations/{thread.id}"
    assert "Belongs to this negotiation" in client.get(page).text
    done = client.post(f"{page}/meetings", data=form_token(client, page) | {"meeting_id": str(meeting.id)})
    assert done.status_code == 303, done.text
    shown = client.get(page).text
    assert "Price of the licence" in shown
    assert "Belongs to this negotiation" not in shown
