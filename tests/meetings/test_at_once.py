"""32 at once for one table at one time: exactly one gets it."""

import contextlib
import threading

import pytest
from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.meetings import queries, requesting
from marketplace.meetings.models import Meeting
from tests.at_once import TAKERS, rush
from tests.at_once import own_app as own_app
from tests.factories import actor, make_fair, make_member, make_organization
from tests.venue.factories_venue import at, make_place


def askers():
    return [actor(make_member(one), one) for one in (make_organization() for _ in range(TAKERS))]


@pytest.mark.timeout(120)
def test_of_32_requests_for_one_table_exactly_one_wins(own_app):
    fair, host = make_fair(), make_organization()
    place = make_place(fair)
    place_id, fair_id, host_id, starts_at = place.id, fair.id, host.id, at(fair, 10)
    ask = {"organization_id": host_id, "place_id": place_id, "starts_at": starts_at, "length_minutes": 30, "topic": "Licence"}
    works = [lambda by=by: requesting.request(fair_id, **ask, by=by) for by in askers()]
    db.session.remove()
    answers = rush(own_app, works)
    assert answers == {"won": 1, "409": TAKERS - 1}
    assert db.session.scalar(select(func.count()).select_from(Meeting)) == 1


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
