"""Several managers give one slot away at once: exactly one pitch has it, and nobody meets a fault. Without the bookings, more do."""

import pytest
from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.roadshow.calls import clashes, timetabling
from marketplace.roadshow.calls.models import Status
from marketplace.roadshow.models import Pitch
from marketplace.venue import booking
from tests.at_once import own_app as own_app
from tests.at_once import rush
from tests.factories import actor, make_fair, make_staff
from tests.roadshow.calls.factories_calls import make_application, make_call
from tests.roadshow.factories_roadshow import make_session

MANY = 8


def for_one_slot(app) -> tuple[dict, int]:
    fair = make_fair()
    call, session_id = make_call(fair, places=MANY), make_session(fair, slots=1).id
    chosen = [make_application(call, status=Status.SELECTED, told="selected").id for _ in range(MANY)]
    managers = [actor(make_staff(fair)) for _ in range(MANY)]
    works = [lambda key=key, by=by: timetabling.place(key, session_id, 1, by=by) for key, by in zip(chosen, managers, strict=True)]
    db.session.remove()
    answers = rush(app, works)
    return dict(answers), db.session.scalar(select(func.count()).select_from(Pitch).where(Pitch.session_id == session_id)) or 0


@pytest.mark.timeout(120)
def test_of_many_who_give_one_slot_away_exactly_one_does(own_app):
    assert for_one_slot(own_app) == ({"won": 1, "409": MANY - 1}, 1)


@pytest.mark.timeout(120)
def test_without_what_decides_more_than_one_has_it(own_app, monkeypatch):
    """The negative control: the test above can fail."""
    monkeypatch.setattr(booking, "rebook", lambda *_args, **_more: [])
    monkeypatch.setattr(clashes, "of", lambda *_args, **_more: [])
    answers, placed = for_one_slot(own_app)
    assert placed > 1
    assert answers["won"] == placed
