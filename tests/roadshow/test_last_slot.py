"""32 at once for the last pitch slot: exactly one gets it. Without the key of the table, more do."""

from collections import Counter

import pytest
from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.roadshow import pitching, queries
from marketplace.roadshow.models import Pitch, PitchStatus
from marketplace.venue import booking
from tests.at_once import TAKERS, rush
from tests.at_once import own_app as own_app
from tests.factories import actor, make_fair, make_member, make_organization
from tests.roadshow.factories_roadshow import make_achievement, make_session
from tests.venue.factories_venue import at


def takers(fair):
    """32 organisations with an achievement each: (actor, achievement id)."""
    found = []
    for _ in range(TAKERS):
        organization = make_organization()
        person, achievement = make_member(organization), make_achievement(fair, organization)
        found.append((actor(person, organization), achievement.id))
    return found


def for_the_last_slot(app) -> tuple[Counter, int]:
    fair = make_fair()
    session = make_session(fair, slots=1)
    session_id = session.id
    works = [
        lambda by=by, key=key: pitching.book(session_id, achievement_id=key, by=by) for by, key in takers(fair)
    ]  # fmt: skip
    db.session.remove()
    answers = rush(app, works)
    booked = select(func.count()).select_from(Pitch).where(Pitch.session_id == session_id, Pitch.status == PitchStatus.CONFIRMED)
    return answers, db.session.scalar(booked) or 0


@pytest.mark.timeout(120)
def test_of_32_takers_of_the_last_slot_exactly_one_wins(own_app):
    answers, booked = for_the_last_slot(own_app)
    assert (answers, booked) == ({"won": 1, "409": TAKERS - 1}, 1)


@pytest.mark.timeout(120)
def test_without_the_table_that_decides_more_than_one_wins(own_app, monkeypatch):
    """The negative control: the test above can fail."""
    monkeypatch.setattr(booking, "rebook", lambda *_args, **_more: [])
    answers, booked = for_the_last_slot(own_app)
    assert booked > 1
    assert answers["won"] == booked


@pytest.mark.timeout(120)
def test_of_32_takers_of_8_slots_exactly_8_win(own_app):
    fair = make_fair()
    session = make_session(fair, slots=8, ends_at=at(fair, 12))
    session_id = session.id
    works = [lambda by=by, key=key: pitching.book(session_id, achievement_id=key, by=by) for by, key in takers(fair)]
    db.session.remove()
    assert rush(own_app, works) == {"won": 8, "409": TAKERS - 8}
    assert queries.free_positions(db.session.merge(session)) == []
