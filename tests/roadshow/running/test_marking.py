"""Marks of presenters and staff say what is on: who may set them and when, and what showing them costs."""

import pytest

from marketplace.core.db import db
from marketplace.core.errors import Forbidden, IllegalMove, NotFound
from marketplace.fairs.models import Fair
from marketplace.roadshow import pitching
from marketplace.roadshow.running import marking, queries, rules
from tests.counting import asked_by
from tests.factories import actor, api, form_token, make_member, make_organization, make_token, sign_in
from tests.roadshow.factories_roadshow import make_achievement
from tests.roadshow.factories_running import do, make_stage, next_quarter


def standings(stage) -> list[str]:
    db.session.expire_all()
    return [turn.standing.value for _, turn in queries.one(stage.session.id)[0].turns]


def test_marks_of_presenters_and_staff_are_what_is_on(app):
    stage = make_stage(starts_at=next_quarter())
    one, two = (pitch.id for pitch in stage.pitches)
    do(marking.start, one, by=stage.by(0))
    assert standings(stage) == ["on_now", "next"]
    with pytest.raises(IllegalMove):
        do(marking.start, one, by=stage.by(0))
    with pytest.raises(NotFound):
        do(marking.start, two, by=stage.by(0))
    do(marking.start, two, by=stage.staff)
    assert standings(stage) == ["done", "on_now"]
    assert stage.fresh(stage.pitches[0]).finished_at is not None
    do(marking.finish, two, by=stage.by(1))
    assert stage.fresh(stage.session).finished_at is not None
    do(marking.take_back, two, by=stage.by(1))
    assert standings(stage) == ["done", "on_now"]
    assert stage.fresh(stage.session).finished_at is None
    do(marking.end_session, stage.session.id, by=stage.staff)
    assert standings(stage) == ["done", "done"]


def test_who_comes_second_is_led_back_and_told_who_was_first(client):
    stage = make_stage(starts_at=next_quarter(), anonymous=True)
    pitch, session = stage.pitches[0], stage.session
    colleague = make_member(stage.agencies[0], name="Second Sight")
    do(marking.start, pitch.id, by=stage.by(0))
    own, order = f"/roadshow/pitches/{pitch.id}", f"/roadshow/sessions/{session.id}/running"
    token = make_token(colleague, stage.agencies[0])

    def press(person, deed, **back):
        sign_in(client, person)
        answer = client.post(f"{own}/{deed}", data=form_token(client, own) | back)
        return answer.status_code, answer.location, client.get(answer.location).text

    status, where, page = press(colleague, "start")
    assert (status, where, "Started already" in page, "Presenter 0" in page) == (303, own, True, True)
    status, where, page = press(stage.manager, "start", back="order")
    assert (status, where, "by the presenter" in page, "Presenter 0" in page) == (303, order, True, False), "nobody is named to staff"
    do(marking.finish, pitch.id, by=stage.staff)
    status, where, page = press(colleague, "finish")
    assert (status, where, "by the fair&#39;s staff" in page) == (303, own, True)
    refused = client.post(f"/api/v1/pitches/{pitch.id}/start", headers=api(token))
    assert (refused.status_code, "Started already" in refused.json["detail"]) == (409, True)


def test_nobody_starts_hours_ahead_and_readers_never(app):
    stage = make_stage()
    with pytest.raises(marking.NotYet):
        do(marking.start, stage.pitches[0].id, by=stage.by(0))
    with pytest.raises(marking.NotYet):
        do(marking.end_session, stage.session.id, by=stage.staff)
    reader = make_member(stage.agencies[0], "reader")
    with pytest.raises(Forbidden):
        do(marking.start, stage.pitches[0].id, by=actor(reader, stage.agencies[0]))


def questions(client, path) -> int:
    db.session.remove()
    return asked_by(client, path)


@pytest.mark.one_database
def test_pages_that_show_what_is_on_ask_the_same_number_of_questions_for_any_number_of_pitches(client):
    stage = make_stage(starts_at=next_quarter())
    fair_id, session_id = stage.fair.id, stage.session.id
    paths = ("/roadshow/now", f"/roadshow/sessions/{session_id}/running", f"/door/{rules.door_code(session_id)}")
    asked = [questions(client, path) for path in paths]
    agency = make_organization(name_en="Agency C")
    for _ in range(2):
        achievement = make_achievement(db.session.get_one(Fair, fair_id), agency)
        do(pitching.book, session_id, achievement_id=achievement.id, by=actor(make_member(agency), agency))
    assert [questions(client, path) for path in paths] == asked
