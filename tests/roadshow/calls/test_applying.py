"""Applying to pitch: own published achievements while the call is open; what an organisation knows of its application."""

from datetime import timedelta

import pytest

from marketplace.core.clock import today
from marketplace.core.db import db
from marketplace.core.errors import Duplicate, Forbidden, Invalid, NotFound
from marketplace.listings.models import EntryStatus
from marketplace.roadshow.calls import applying, calling, schemas, scoring, timetabling
from marketplace.roadshow.calls.models import Status
from marketplace.roadshow.models import Pitch, PitchStatus
from marketplace.venue.models import Booking
from tests.factories import actor, make_fair, make_member, make_organization, make_staff
from tests.roadshow.calls.factories_calls import CRITERIA, PITCH, do, make_application, make_call, make_reviewer
from tests.roadshow.factories_roadshow import make_achievement, make_session


@pytest.fixture
def call(app):
    return make_call(make_fair(current=True))


def facts(achievement, **more):
    return {"achievement_id": achievement.id, "pitch_text": PITCH, "language": "en"} | more


def fair_of(call):
    return applying.fairs.get(call.fair_id)


def test_an_application_is_made_once_changed_withdrawn_and_made_anew(call):
    fair, organization = fair_of(call), make_organization()
    by, achievement = actor(make_member(organization)), make_achievement(fair, organization)
    made = do(applying.apply, call.id, **facts(achievement, days=[fair.closes_on, fair.closes_on - timedelta(days=1)]), by=by)
    assert (made.status, made.days) == (Status.SUBMITTED, [(fair.closes_on - timedelta(days=1)).isoformat(), fair.closes_on.isoformat()])
    with pytest.raises(Duplicate):
        do(applying.apply, call.id, **facts(achievement), by=by)
    do(applying.amend, made.id, pitch_text=PITCH * 2, language="zh", by=by)
    assert (made.language, made.days) == ("zh", [])
    reviewer = make_reviewer(call)
    points = {each.id: 4 for each in calling.criteria(call.id)}
    do(scoring.score, made.id, points=points, comment=None, by=actor(reviewer))
    with pytest.raises(applying.Read):
        do(applying.amend, made.id, pitch_text=PITCH, language="en", by=by)
    do(applying.withdraw, made.id, by=by)
    again = do(applying.apply, call.id, **facts(achievement), by=by)
    assert (again.id, again.status, again.review_count, again.mean) == (made.id, Status.SUBMITTED, 0, 0)


def test_only_own_published_achievements_of_the_fair_are_put_forward(call):
    fair, organization = fair_of(call), make_organization()
    by = actor(make_member(organization))
    others = [
        make_achievement(fair), make_achievement(make_fair(), organization), make_achievement(fair, organization, status=EntryStatus.SUBMITTED),
    ]  # fmt: skip
    for achievement in others:
        with pytest.raises(NotFound):
            do(applying.apply, call.id, **facts(achievement), by=by)
    own = make_achievement(fair, organization)
    with pytest.raises(Invalid):
        do(applying.apply, call.id, **facts(own, days=[fair.closes_on + timedelta(days=1)]), by=by)
    with pytest.raises(Invalid) as refused:
        do(applying.apply, call.id, **facts(own, days=[fair.opens_on]), by=by)
    assert refused.value.errors[0].code == "passed"
    with pytest.raises(Forbidden):
        do(applying.apply, call.id, **facts(own), by=actor(make_member(organization, "reader")))


@pytest.mark.parametrize(("opens", "closes", "is_open"), [(0, 0, True), (-1, 1, True), (1, 2, False), (-2, -1, False)])
def test_a_call_is_open_from_its_first_to_its_last_day(app, opens, closes, is_open):
    fair = make_fair()
    day = today(fair.time_zone)
    call = make_call(fair, opens_on=day + timedelta(days=opens), closes_on=day + timedelta(days=closes))
    organization = make_organization()
    by, achievement = actor(make_member(organization)), make_achievement(fair, organization)
    assert calling.is_open(call, fair) is is_open
    if not is_open:
        with pytest.raises(applying.NotOpen):
            do(applying.apply, call.id, **facts(achievement), by=by)


def test_nobody_else_reads_or_changes_an_application(call):
    application = make_application(call)
    stranger = actor(make_member())
    for step in (applying.own, applying.withdraw):
        with pytest.raises(NotFound):
            do(step, application.id, by=stranger)
    with pytest.raises(NotFound):
        do(applying.amend, application.id, pitch_text=PITCH, language="en", by=stranger)


@pytest.mark.parametrize(
    ("status", "told", "known"),
    [
        (Status.SUBMITTED, None, "submitted"), (Status.SELECTED, None, "submitted"), (Status.REJECTED, None, "submitted"),
        (Status.SELECTED, "selected", "selected"), (Status.SELECTED, "waiting", "waiting"), (Status.REJECTED, "rejected", "rejected"),
        (Status.WITHDRAWN, None, "withdrawn"),
    ],
)  # fmt: skip
def test_an_organisation_knows_what_it_was_told(app, status, told, known):
    application = make_application(make_call(make_fair()), status=status, told=told)
    assert schemas.known_status(application) == known
    out = schemas.ApplicationOut().dump(application)
    assert (out["status"], out["reason"] is not None) == (known, known == "rejected")


def test_withdrawing_gives_the_slot_back(call):
    fair = fair_of(call)
    organization = make_organization()
    person = make_member(organization)
    application = make_application(call, organization=organization, person=person, status=Status.SELECTED, told="selected")
    session = make_session(fair)
    pitch = do(timetabling.place, application.id, session.id, 1, by=actor(make_staff(fair)))
    do(applying.withdraw, application.id, by=actor(person, organization))
    assert db.session.get_one(Pitch, pitch.id).status is PitchStatus.CANCELLED
    assert db.session.query(Booking).filter_by(holder=f"pitch:{pitch.id}").count() == 0


def test_a_call_names_its_criteria_until_somebody_has_scored_by_them(call):
    fair = fair_of(call)
    manager = actor(make_staff(fair))
    days = {"opens_on": call.opens_on, "closes_on": call.closes_on, "text_en": "Come.", "text_zh": None, "places": 5, "by": manager}
    other = [{"name_en": "Market", "name_zh": None, "weight": 1}]
    do(calling.put_out, fair.id, criteria=other, **days)
    assert [each.name_en for each in calling.criteria(call.id)] == ["Market"]
    application, reviewer = make_application(call), make_reviewer(call)
    do(scoring.score, application.id, points={each.id: 3 for each in calling.criteria(call.id)}, comment=None, by=actor(reviewer))
    do(calling.put_out, fair.id, criteria=other, **days)
    with pytest.raises(calling.Scored):
        do(calling.put_out, fair.id, criteria=CRITERIA, **days)
    for wrong in ({"closes_on": call.opens_on - timedelta(days=1)}, {"closes_on": fair.closes_on + timedelta(days=1)}):
        with pytest.raises(Invalid):
            do(calling.put_out, fair.id, criteria=other, **(days | wrong))
