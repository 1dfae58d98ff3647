"""32 at once for one table at one time, from the request to the answer: exactly one gets it, the others get times that are really free."""

import contextlib
import threading
import time
from collections import Counter
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, update

from marketplace.core.clock import now
from marketplace.core.db import db, is_postgresql, transaction
from marketplace.meetings import interpreters, queries, requesting
from marketplace.meetings.models import Meeting, MeetingStatus
from marketplace.venue import booking
from marketplace.venue.models import Booking
from tests.at_once import TAKERS, rush
from tests.at_once import own_app as own_app
from tests.factories import actor, api, make_fair, make_member, make_organization, make_token
from tests.meetings.factories_day import make_interpreter
from tests.venue.factories_venue import at, make_place


class Rush:
    """One table and one host, and 32 organisations that ask for the same time through the JSON interface."""

    def __init__(self, app):
        self.app, self.fair, host = app, make_fair(current=True), make_organization()
        self.zone = ZoneInfo(self.fair.time_zone)
        self.place, askers = make_place(self.fair), [make_organization() for _ in range(TAKERS)]
        self.tokens = [make_token(make_member(one), one) for one in askers]
        self.body = {
            "organization": host.slug, "place_id": str(self.place.id), "starts_at": f"{at(self.fair, 10):%Y-%m-%dT%H:%M}", "topic": "Licence",
        }  # fmt: skip
        db.session.remove()

    def overdue(self) -> UUID:
        """A request for this time by somebody else, whose hold is over and which no clock has ended yet."""
        stranger = make_organization()
        made = self.ask(make_token(make_member(stranger), stranger)).json["id"]
        with transaction():
            db.session.execute(update(Meeting).values(held_until=now()))
        return UUID(made)

    def post(self, token, path, body):
        return self.app.test_client().post(f"/api/v1/meetings{path}", json=body, headers=api(token))

    def ask(self, token, **more):
        return self.post(token, "", self.body | more)

    def run(self) -> list:
        gate, answers = threading.Barrier(TAKERS), []

        def one(token):
            gate.wait()
            answers.append((token, self.ask(token)))

        threads = [threading.Thread(target=one, args=(token,)) for token in self.tokens]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers


def meetings() -> int:
    return db.session.scalar(select(func.count()).select_from(Meeting)) or 0


@pytest.mark.timeout(120)
def test_of_32_requests_for_one_table_exactly_one_wins_and_the_others_are_offered_free_times(own_app):
    """The table is held by a request whose time to answer is over: each of the 32 may end it and take its place."""
    rushed = Rush(own_app)
    overdue = rushed.overdue()
    answers = rushed.run()
    assert Counter(answer.status_code for _, answer in answers) == {201: 1, 409: TAKERS - 1}
    assert db.session.get_one(Meeting, overdue).status is MeetingStatus.EXPIRED
    assert meetings() == 2
    assert db.session.scalar(select(func.count()).select_from(Booking).where(Booking.holder == f"meeting:{overdue}")) == 0
    losers = [(token, answer.json) for token, answer in answers if answer.status_code == 409]
    assert {(problem["type"], len(problem["alternatives"])) for _, problem in losers} == {("/problems/taken", 3)}
    token, problem = losers[0]
    for offered in problem["alternatives"]:
        wall = datetime.fromisoformat(offered["starts_at"]).astimezone(rushed.zone)
        made = rushed.ask(token, starts_at=f"{wall:%Y-%m-%dT%H:%M}", place_id=offered["place_id"])
        assert made.status_code == 201
        assert rushed.post(token, f"/{made.json['id']}/cancel", {"reason": "The next one."}).status_code == 200


@pytest.mark.timeout(120)
def test_without_the_table_that_decides_more_than_one_wins(own_app, monkeypatch):
    """The negative control: the test above can fail."""
    monkeypatch.setattr(booking, "take", lambda *_args, **_more: [])
    answers = Rush(own_app).run()
    assert Counter(answer.status_code for _, answer in answers)[201] == meetings() > 1


@pytest.mark.timeout(120)
def test_two_organisations_that_ask_each_other_at_once_do_not_wait_for_each_other(own_app, monkeypatch):
    fair, both = make_fair(), [make_organization(), make_organization()]
    actors = [actor(make_member(one), one) for one in both]
    fair_id, ids, places = fair.id, [one.id for one in both], [make_place(fair).id, make_place(fair).id]
    ask = {"starts_at": at(fair, 10), "length_minutes": 30, "topic": "Licence", "accept_warnings": True}
    gate, counted = threading.Barrier(2), queries.open_requests

    def counted_when_both_are_here(*args, **more):
        with contextlib.suppress(threading.BrokenBarrierError):
            gate.wait(2)  # on SQLite the second comes when the first is through
        return counted(*args, **more)

    monkeypatch.setattr(queries, "open_requests", counted_when_both_are_here)
    works = [lambda n=n: requesting.request(fair_id, organization_id=ids[1 - n], place_id=places[n], **ask, by=actors[n]) for n in (0, 1)]
    db.session.remove()
    assert rush(own_app, works) == {"won": 2}


@pytest.mark.timeout(120)
def test_who_is_booked_as_interpreter_and_as_guest_at_once_is_one_of_the_two(own_app, monkeypatch):
    """One holds the table and wants the person to interpret, the other holds the person and wants the table: neither waits in a circle."""
    fair = make_fair()
    place = make_place(fair)
    one, two, guest = (make_organization() for _ in range(3))
    human = make_member(two)
    make_interpreter(fair, person_id=human.id)
    ask = {"organization_id": guest.id, "place_id": place.id, "starts_at": at(fair, 10), "length_minutes": 30, "topic": "Licence", "accept_warnings": True}
    asking, comes = actor(make_member(one), one), actor(human, two)
    table_held, available, fair_id = threading.Event(), interpreters.available, fair.id

    def looked_up_while_the_other_waits(*args, **more):
        found = available(*args, **more)
        table_held.set()
        time.sleep(0.2 if is_postgresql() else 0)
        return found

    def come():
        if is_postgresql():  # SQLite has one writer at a time
            table_held.wait(5)
        requesting.request(fair_id, **ask, by=comes)

    monkeypatch.setattr(interpreters, "available", looked_up_while_the_other_waits)
    works = [lambda: requesting.request(fair_id, **ask, language="en", their_language="zh", by=asking), come]
    db.session.remove()
    assert rush(own_app, works) == {"won": 1, "409": 1}
    held = set(db.session.scalars(select(Booking.holder).where(Booking.resource == booking.person_key(human.id))))
    assert held <= {f"meeting:{db.session.scalars(select(Meeting.id)).one()}"}
