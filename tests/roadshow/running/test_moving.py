"""A session moves with its pitches: what that would break is shown before, nothing else is done, and each person hears once."""

import html
import re

import pytest
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.errors import Forbidden
from marketplace.core.jobs import sweep
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.roadshow import programme
from marketplace.roadshow.models import PitchStatus
from marketplace.roadshow.running import door, effects, held, moving
from marketplace.roadshow.running.moving import Repair
from marketplace.venue import booking
from marketplace.venue.models import Booking, PlaceKind, Walk
from tests.factories import actor, api, make_member, make_token, save, sign_in
from tests.roadshow.factories_running import busy, do, make_stage
from tests.venue.factories_venue import at, make_place


def preview(stage, **change):
    db.session.expire_all()
    where = {"place_id": stage.hall.id, "starts_at": at(stage.fair, 14)} | change
    return where, effects.of_move(stage.session.id, **where, by=stage.staff)


def test_a_session_moves_with_its_pitches_and_each_person_hears_once(app):
    stage = make_stage()
    visitor = make_member(email="visitor@example.org")
    for pitch in stage.pitches:
        do(door.come, pitch.id, shares_contact=True, by=actor(visitor))
    do(door.come, stage.pitches[0].id, shares_contact=False, by=actor(make_member(email="unnamed@example.org")))
    room = make_place(stage.fair, PlaceKind.ROOM, name_en="Small room", capacity=30)
    where, shown = preview(stage, place_id=room.id)
    assert [(effect.code, effect.level.value) for effect in shown.effects] == [("capacity", "warn")]
    OUTBOX_SEEN.clear()
    moved, told = do(moving.move, stage.session.id, **where, seen=shown.seen, note="The projector broke.", by=stage.staff)
    assert (moved.place_id, moved.starts_at, moved.ends_at, moved.capacity) == (room.id, at(stage.fair, 14), at(stage.fair, 15), 30)
    assert [stage.fresh(pitch).starts_at for pitch in stage.pitches] == [at(stage.fair, 14), at(stage.fair, 14, 15)]
    cells = set(db.session.execute(select(Booking.cell)).scalars())
    assert min(cells) == at(stage.fair, 14)
    while sweep():
        pass
    assert sorted(message["To"] for message in OUTBOX_SEEN) == ["presenter-0@example.org", "presenter-1@example.org", "visitor@example.org"]
    assert told == 3
    text = next(message.get_content() for message in OUTBOX_SEEN if message["To"] == "presenter-1@example.org")
    assert "14:00–15:00" in text and "Small room" in text and "10:00–11:00" in text and "14:15" in text and "The projector broke." in text
    with pytest.raises(booking.Taken):
        do(_schedule_there, stage, room)


def _schedule_there(stage, room):
    programme.schedule(
        stage.fair.id, place_id=room.id, starts_at=at(stage.fair, 14), ends_at=at(stage.fair, 15), title_en="Other", title_zh=None, capacity=5,
        slots=0, slot_minutes=15, price_minor=None, currency=None, by=stage.staff,
    )  # fmt: skip


def test_what_is_not_what_was_shown_is_not_done(app):
    stage = make_stage()
    where, shown = preview(stage)
    busy(stage.presenters[0], at(stage.fair, 14))
    with pytest.raises(moving.SeenOther):
        do(moving.move, stage.session.id, **where, seen=shown.seen, by=stage.staff)
    assert stage.fresh(stage.session).starts_at == at(stage.fair, 10)


def test_a_presenter_elsewhere_is_told_of_before_and_another_order_repairs_it(app):
    stage = make_stage()
    busy(stage.presenters[0], at(stage.fair, 14))
    where, shown = preview(stage)
    assert [(effect.code, effect.level.value, effect.pitch_id) for effect in shown.effects] == [("presenter", "block", stage.pitches[0].id)]
    assert "a meeting" in shown.effects[0].text and "Presenter 0" in shown.effects[0].text
    assert not shown.stops and len(shown.elsewhere) == 3
    for place, start in shown.elsewhere:
        assert preview(stage, place_id=place.id, starts_at=start)[1].effects == []
    with pytest.raises(moving.Breaks):
        do(moving.move, stage.session.id, **where, seen=shown.seen, by=stage.staff)
    do(moving.move, stage.session.id, **where, repair=Repair.ORDER, seen=shown.seen, by=stage.staff)
    positions = {pitch.id: stage.fresh(pitch).position for pitch in stage.pitches}
    assert positions[stage.pitches[0].id] > 1 and positions == shown.order
    assert stage.fresh(stage.pitches[0]).starts_at == held.slot_at(stage.session, positions[stage.pitches[0].id], at(stage.fair, 14))


def test_who_cannot_be_there_in_any_order_is_given_up_when_that_is_chosen(app):
    stage = make_stage()
    busy(stage.presenters[0], at(stage.fair, 14), minutes=60)
    where, shown = preview(stage)
    assert shown.order is None
    with pytest.raises(moving.Breaks):
        do(moving.move, stage.session.id, **where, repair=Repair.ORDER, seen=shown.seen, by=stage.staff)
    do(moving.move, stage.session.id, **where, repair=Repair.GIVE_UP, seen=shown.seen, by=stage.staff)
    assert [stage.fresh(pitch).status for pitch in stage.pitches] == [PitchStatus.CANCELLED, PitchStatus.CONFIRMED]


def test_a_taken_place_a_past_time_and_a_running_session_stop_a_move(app):
    stage = make_stage()
    do(_schedule_there, stage, stage.hall)
    where, shown = preview(stage)
    assert shown.stops and [effect.code for effect in shown.effects] == ["double_booking"]
    with pytest.raises(moving.Breaks):
        do(moving.move, stage.session.id, **where, repair=Repair.GIVE_UP, seen=shown.seen, by=stage.staff)
    assert [effect.code for effect in preview(stage, starts_at=at(stage.fair, 14, day=4))[1].effects] == ["past"]
    stage.fresh(stage.session).started_at = at(stage.fair, 10)
    db.session.commit()
    assert "started" in [effect.code for effect in preview(stage, starts_at=at(stage.fair, 16))[1].effects]
    with pytest.raises(Forbidden):
        effects.of_move(stage.session.id, **where, by=stage.by(0))


@pytest.mark.parametrize("anonymous", [True, False])
def test_staff_do_not_learn_who_presents_an_anonymous_achievement(client, anonymous):
    stage = make_stage(anonymous=anonymous)
    session, person = stage.session, stage.presenters[1]
    busy(person, at(stage.fair, 14, 15))
    busy(person, at(stage.fair, 10, 30))
    far = make_place(stage.fair, PlaceKind.HALL, name_en="South hall")
    first, second = sorted([stage.hall.id, far.id])
    save(Walk(one_hall_id=first, other_hall_id=second, minutes=45))
    sign_in(client, stage.manager)
    secret, when = make_token(stage.manager), f"{at(stage.fair, 14):%Y-%m-%dT%H:%M}"
    page, path = f"/staff/roadshow/sessions/{session.id}", f"/api/v1/sessions/{session.id}"
    move = {"place_id": stage.hall.id, "starts_at": when}
    walk = {"place_id": far.id, "starts_at": f"{at(stage.fair, 10):%Y-%m-%dT%H:%M}"}
    answers = [
        client.get(f"{page}/move", query_string=move), client.get(f"{page}/move", query_string=walk), client.get(f"{page}/late", query_string={"minutes": 15}),
        client.get(f"{page}/call-off"), client.get(f"{path}/late", query_string={"minutes": 15}, headers=api(secret)),
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [200] * 5
    said = [effect.text for effect in preview(stage)[1].effects if effect.code == "presenter"]
    assert len(said) == 1 and ("a meeting" in said[0]) is not anonymous
    named = [person.name in text for text in [*said, *(answer.text for answer in answers)]]
    assert any(named) is not anonymous


def hidden(page: str, name: str) -> str:
    return re.findall(rf'name="{name}" value="([^"]*)"', page)[-1]


def test_a_manager_moves_a_session_by_its_pages_and_sees_first_what_breaks(client):
    stage = make_stage()
    busy(stage.presenters[0], at(stage.fair, 14))
    sign_in(client, stage.manager)
    path = f"/staff/roadshow/sessions/{stage.session.id}/move"
    assert client.get(path).status_code == 200
    shown = client.get(path, query_string={"place_id": stage.hall.id, "starts_at": f"{at(stage.fair, 14):%Y-%m-%dT%H:%M}"})
    assert shown.status_code == 200 and "Presenter 0" in shown.text and shown.text.count('name="repair"') == 2
    form = {name: hidden(shown.text, name) for name in ("csrf_token", "once", "acting", "place_id", "starts_at", "seen")}
    unrepaired = client.post(path, data=form)
    assert unrepaired.status_code == 409 and "Choose a repair" in unrepaired.text
    stale = client.post(path, data=form | {"once": "another", "seen": "0" * 20, "repair": "order"})
    assert stale.status_code == 412 and hidden(stale.text, "seen") == form["seen"]
    moved = client.post(path, data=form | {"once": "a-third", "repair": "order"})
    assert moved.status_code == 303
    after = client.get(moved.location).text
    assert "2 people were told" in after
    back = client.get(html.unescape(re.search(r'href="([^"]*)">Move it back', after)[1]))
    assert back.status_code == 200 and f"{at(stage.fair, 10):%Y-%m-%dT%H:%M}" in back.text and "Nothing breaks." in back.text
    for wrong in ({"place_id": "nowhere", "starts_at": "2020-01-01T10:00"}, {"place_id": stage.hall.id, "starts_at": "tomorrow"}):
        answer = client.get(path, query_string=wrong)
        assert answer.status_code == 422 and "data-code" in answer.text
