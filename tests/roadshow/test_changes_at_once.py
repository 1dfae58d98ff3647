"""A pitch, and then its session, get another time while the presenter asks for a meeting: neither waits for the other in a circle."""

import threading
import time

import pytest

from marketplace.core.db import db, is_postgresql
from marketplace.meetings import requesting
from marketplace.roadshow.calls import timetabling
from marketplace.roadshow.running import effects, moving
from marketplace.venue import booking, seating
from tests.at_once import own_app as own_app
from tests.at_once import rush
from tests.factories import make_member, make_organization
from tests.roadshow.factories_running import do, make_stage
from tests.venue.factories_venue import at, make_place

FINE = {"won": 1, "409": 1}
"""Who came second is told that the time is taken."""


class Stop:
    """Who changes something stops after its first step in the table of bookings, until the other has come as far as it can."""

    def __init__(self):
        self.gate, self.mine = threading.Barrier(2), threading.local()

    def after(self, step):
        def run(*args, **more):
            done = step(*args, **more)
            if getattr(self.mine, "stops", False):
                self.mine.stops = False
                self.gate.wait(10)
                time.sleep(0.5)
            return done

        return run

    def answers(self, app, change, asking) -> dict:
        def before(work):
            self.mine.stops = work is change
            if work is asking:
                self.gate.wait(10)

        return dict(rush(app, [change, asking], before=before))


def answers(app, stop) -> list[dict]:
    stage, company = make_stage(), make_organization()
    make_member(company)
    table = make_place(stage.fair).id
    by, staff, fair, guest = stage.by(0), stage.staff, stage.fair.id, company.id
    pitch, session, hall = stage.pitches[0].id, stage.session.id, stage.hall.id
    quarters = {minute: at(stage.fair, 10, minute) for minute in (15, 30)}
    sooner = at(stage.fair, 9, 45)
    do(timetabling.move, pitch, session, 4, accept_warnings=True, by=staff)

    def ask(minute):
        requesting.request(
            fair, organization_id=guest, place_id=table, starts_at=quarters[minute], length_minutes=30, topic="x", accept_warnings=True, by=by
        )

    def move_session():
        seen = effects.of_move(session, place_id=hall, starts_at=sooner, by=staff).seen
        moving.move(session, place_id=hall, starts_at=sooner, seen=seen, by=staff)

    steps = [(lambda: timetabling.move(pitch, session, 3, accept_warnings=True, by=staff), lambda: ask(30)), (move_session, lambda: ask(15))]
    db.session.remove()
    return [stop.answers(app, change, asking) for change, asking in steps]


@pytest.mark.timeout(120)
def test_a_change_and_a_request_of_its_presenter_both_end(own_app, monkeypatch):
    stop = Stop()
    monkeypatch.setattr(seating, "_take", stop.after(seating._take))
    assert answers(own_app, stop) == [FINE, FINE]


@pytest.mark.timeout(120)
def test_who_frees_before_taking_waits_in_a_circle(own_app, monkeypatch):
    """The negative control: the test above can fail where two write at a time."""
    stop = Stop()

    def free_first(wanted, *, instead_of=()):
        for holder in instead_of:
            free(holder)
        return sorted({resource for resource, _ in seating.rebook(wanted)})

    free = stop.after(booking.free)
    monkeypatch.setattr(booking, "rebook", free_first)
    found = answers(own_app, stop)
    assert ("DeadlockDetected" in str(found)) == is_postgresql()
