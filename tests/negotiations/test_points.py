"""Open points: who may do what in which state, and what the other side reads of it."""

from datetime import date, timedelta

import pytest

from marketplace.core.db import db
from marketplace.core.errors import Forbidden, IllegalMove, Invalid, NotFound, Stale
from marketplace.core.jobs import OutboxRow
from marketplace.negotiations import queries, rounds
from marketplace.negotiations.models import Stage
from marketplace.negotiations.points import queries as points
from marketplace.negotiations.points import service
from marketplace.negotiations.points.models import PointStatus, Side
from tests.factories import api, form_token, make_token, sign_in
from tests.negotiations.factories_negotiations import do, make_world, thread_at


@pytest.fixture
def world(app):
    return make_world(current=True)


@pytest.fixture
def thread(world):
    return thread_at(world, Stage.TALKING)


def told(thread_id):
    return [row.payload for row in db.session.query(OutboxRow) if row.payload.get("step") == "point" and row.payload["negotiation_id"] == str(thread_id)]


def test_a_point_goes_back_and_forth_until_who_raised_it_settles_it(world, thread):
    tomorrow = date.today() + timedelta(days=1)
    point = do(service.raise_point, thread.id, "Who pays for the test?", due_on=tomorrow, by=world.buyer)
    assert (point.number, point.status, point.waits_for, point.raised_by) == (1, PointStatus.OPEN, Side.PROVIDER, Side.RECIPIENT)
    assert [row["organization_id"] for row in told(thread.id)] == [str(world.agency.id)]
    assert points.waiting_count(by=world.seller) == 1
    assert points.waiting_count(by=world.buyer) == 0
    do(service.say, thread.id, 1, "We do.", after=0, by=world.seller)
    assert (point.status, point.waits_for, point.due_on) == (PointStatus.ANSWERED, Side.RECIPIENT, tomorrow)
    do(service.say, thread.id, 1, "The travel too?", by=world.buyer)
    assert (point.status, point.waits_for) == (PointStatus.OPEN, Side.PROVIDER)
    with pytest.raises(Stale):
        do(service.say, thread.id, 1, "late", after=1, by=world.seller)
    with pytest.raises(Forbidden):
        do(service.settle, thread.id, 1, "It is as we said.", by=world.seller)
    do(service.settle, thread.id, 1, "The agency pays.", by=world.buyer)
    assert (point.status, point.waits_for) == (PointStatus.SETTLED, None)
    for step, by in ((service.say, world.seller), (service.settle, world.buyer)):
        with pytest.raises(IllegalMove):
            do(step, thread.id, 1, "again", by=by)
    do(service.reopen, thread.id, 1, "The test has doubled.", by=world.seller)
    assert (point.status, point.waits_for, point.settled_at) == (PointStatus.OPEN, Side.RECIPIENT, None)
    with pytest.raises(IllegalMove):
        do(service.reopen, thread.id, 1, "again", by=world.seller)
    [shown] = points.of_thread(queries.thread(thread.id, by=world.seller))
    assert [(entry.side, entry.act.value) for entry in shown.entries] == [
        (Side.PROVIDER, "said"), (Side.RECIPIENT, "said"), (Side.RECIPIENT, "settled"), (Side.PROVIDER, "reopened"),
    ]  # fmt: skip


def test_points_belong_to_running_talks_of_the_two(world, thread):
    with pytest.raises(NotFound):
        do(service.raise_point, thread.id, "Mine?", by=world.stranger)
    with pytest.raises(NotFound):
        do(service.say, thread.id, 7, "Which?", by=world.buyer)
    with pytest.raises(Invalid):
        do(service.raise_point, thread.id, "Late", due_on=date.today() - timedelta(days=2), by=world.buyer)
    assert do(service.raise_point, thread.id, "For ourselves", ours=True, by=world.buyer).waits_for is Side.RECIPIENT
    do(rounds.lose, thread.id, "price", by=world.buyer)
    with pytest.raises(IllegalMove):
        do(service.raise_point, thread.id, "Too late", by=world.buyer)
    assert points.waiting_count(by=world.buyer) == 0


def test_points_wait_for_an_accepted_interest(world):
    thread = thread_at(world, Stage.INTEREST)
    with pytest.raises(IllegalMove):
        do(service.raise_point, thread.id, "Early", by=world.buyer)


def test_a_point_by_forms(app, world, thread):
    client = app.test_client()
    sign_in(client, world.at_company, world.company)
    base = f"/negotiations/{thread.id}"
    new = f"{base}/points/new"
    assert client.post(new, data=form_token(client, new) | {"text": ""}).status_code == 422
    answer = client.post(new, data=form_token(client, new) | {"text": "CANARY-POINT who pays?"})
    assert (answer.status_code, answer.location) == (303, f"{base}#h-points")
    assert "CANARY-POINT who pays?" in client.get(base).text
    other = app.test_client()
    sign_in(other, world.at_agency, world.agency)
    assert "CANARY-POINT" in other.get("/negotiations/points").text
    one = f"{base}/points/1"
    assert "Settle it with this text" not in other.get(one).text
    assert other.post(f"{one}/answers", data=form_token(other, one) | {"text": "We do.", "after": "0"}).status_code == 303
    stale = client.post(f"{one}/settle", data=form_token(client, one) | {"text": "Then so.", "after": "0"})
    assert stale.status_code == 412
    assert "Then so." in stale.text
    assert client.post(f"{one}/settle", data=form_token(client, one) | {"text": "Then so.", "after": "1"}).status_code == 303
    assert "Open it again" in other.get(one).text


def test_points_as_json(app, world, thread):
    client, theirs, ours = app.test_client(), make_token(world.at_agency, world.agency), make_token(world.at_company, world.company)
    base = f"/api/v1/negotiations/{thread.id}/points"
    made = client.post(base, json={"text": "Who pays?", "due_on": None}, headers=api(ours))
    assert (made.status_code, made.json["waits_for"]) == (201, str(world.agency.id))
    said = client.post(f"{base}/1/answers", json={"text": "We do."}, headers=api(theirs))
    assert (said.status_code, said.json["status"], said.json["entries"][0]["organization_id"]) == (201, "answered", str(world.agency.id))
    assert client.post(f"{base}/1/settle", json={"text": "Good.", "after": 0}, headers=api(ours)).status_code == 412
    assert client.post(f"{base}/1/settle", json={"text": "Good."}, headers=api(theirs)).status_code == 403
    assert client.post(f"{base}/1/settle", json={"text": "Good."}, headers=api(ours)).json["status"] == "settled"
    assert client.post(f"{base}/1/reopen", json={"text": "Not so."}, headers=api(theirs)).json["waits_for"] == str(world.company.id)
    assert [row["number"] for row in client.get(base, headers=api(ours)).json["rows"]] == [1]
    assert client.get(base, headers=api(make_token(world.at_outsider, world.outsider))).status_code == 404
