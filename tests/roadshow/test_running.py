"""A session while it runs: marks and who may set them, slides and who may read them, changes with what they break, one message to all."""

import html
import re
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import event, select

from marketplace.core.db import db
from marketplace.core.errors import Forbidden, IllegalMove, Invalid, NotFound
from marketplace.core.jobs import sweep
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.fairs.models import Fair
from marketplace.listings.attachments import storing
from marketplace.meetings.models import Meeting
from marketplace.roadshow import pitching, programme
from marketplace.roadshow.models import Pitch, PitchStatus, Session, SessionStatus
from marketplace.roadshow.running import door, effects, marking, moving, queries, rules, slides
from marketplace.roadshow.running.moving import Repair
from marketplace.venue import booking
from marketplace.venue.models import Booking, PlaceKind, Walk
from tests.factories import actor, api, make_fair, make_member, make_organization, make_staff, make_token, save, sign_in
from tests.listings.factories_files import pdf
from tests.roadshow.factories_roadshow import make_achievement
from tests.roadshow.factories_running import do, make_stage, next_quarter
from tests.venue.factories_venue import at, make_place


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


def test_nobody_starts_hours_ahead_and_readers_never(app):
    stage = make_stage()
    with pytest.raises(marking.NotYet):
        do(marking.start, stage.pitches[0].id, by=stage.by(0))
    with pytest.raises(marking.NotYet):
        do(marking.end_session, stage.session.id, by=stage.staff)
    reader = make_member(stage.agencies[0], "reader")
    with pytest.raises(Forbidden):
        do(marking.start, stage.pitches[0].id, by=actor(reader, stage.agencies[0]))


def test_slides_are_for_the_presenter_and_the_staff_until_the_presenter_says_for_everybody(app):
    stage = make_stage()
    pitch, outsider = stage.pitches[0].id, actor(make_member())
    received = slides.receive(BytesIO(pdf(2)), name="../Our agency.pptx.pdf")
    with pytest.raises(NotFound):
        do(slides.put, pitch, received, public=False, by=stage.by(1))
    do(slides.put, pitch, received, public=False, by=stage.by(0))
    for by in (None, outsider, stage.by(1), actor(make_staff(make_fair()))):
        with pytest.raises(NotFound):
            slides.opened(pitch, by=by)
    assert [slides.opened(pitch, by=by)[1] for by in (stage.by(0), stage.staff)] == ["Our agency.pptx.pdf"] * 2
    found = do(slides.mark_loaded, pitch, version=1, by=stage.staff)
    assert found.loaded_at is not None
    with pytest.raises(Forbidden):
        do(slides.mark_loaded, pitch, version=2, by=stage.by(0))
    do(slides.publish, pitch, True, by=stage.by(0))
    assert slides.opened(pitch, by=None)[1] == "slides-1.pdf"
    do(slides.put, pitch, slides.receive(BytesIO(pdf(3)), name="new.pdf"), public=True, by=stage.by(0))
    assert slides.opened(pitch, by=None)[0].loaded_at is None
    with pytest.raises(IllegalMove):
        do(slides.mark_loaded, pitch, version=1, by=stage.staff)


@pytest.mark.one_database
@pytest.mark.parametrize(("content", "code"), [(b"PK\x03\x04 a presentation", "file_type"), (b"%PDF-1.7 /JavaScript (x)", "pdf_script"), (b"", "file_type")])
def test_slides_are_a_harmless_pdf(app, content, code):
    with pytest.raises(Invalid) as refused:
        slides.receive(BytesIO(content), name="slides.pdf")
    assert refused.value.errors[0].code == code


@pytest.mark.one_database
def test_bytes_of_slides_are_not_cleared_away(app, monkeypatch):
    stage = make_stage()
    received = slides.receive(BytesIO(pdf(4)), name="kept.pdf")
    do(slides.put, stage.pitches[0].id, received, public=False, by=stage.by(0))
    gone = storing.store(b"named by nobody")
    monkeypatch.setattr(storing, "KEPT_UNNAMED", -timedelta(minutes=1))
    storing.clear()
    assert storing.where(received.sha256).exists() and not storing.where(gone).exists()


def busy(person, starts_at, *, minutes=15) -> None:
    """Somewhere else: a meeting's booking, as the meetings make it."""
    do(booking.take, [booking.person_key(person.id)], starts_at, minutes=minutes, holder=f"meeting:{make_organization().id}")


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
    assert stage.fresh(stage.pitches[0]).starts_at == effects.slot_at(stage.session, positions[stage.pitches[0].id], at(stage.fair, 14))


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


def test_a_late_start_says_what_it_runs_into_and_stands_in_the_programme(app, client):
    stage = make_stage()
    busy(stage.presenters[1], at(stage.fair, 10, 30))
    do(booking.take, [booking.place_key(stage.hall.id)], at(stage.fair, 11), minutes=15, holder=f"session:{make_organization().id}")
    assert effects.of_late(stage.session.id, 0, by=stage.staff).effects == []
    shown = effects.of_late(stage.session.id, 10, by=stage.staff)
    assert [effect.code for effect in shown.effects] == ["place", "presenter"]
    OUTBOX_SEEN.clear()
    _, told = do(moving.announce_late, stage.session.id, 10, seen=shown.seen, by=stage.staff)
    while sweep():
        pass
    assert told == len(OUTBOX_SEEN) == 2
    assert "begins 10 minutes late" in client.get("/roadshow").text
    assert [turn.late_minutes for _, turn in queries.one(stage.session.id)[0].turns] == [10, 10]
    with pytest.raises(IllegalMove):
        do(moving.announce_late, stage.session.id, 10, seen=effects.of_late(stage.session.id, 10, by=stage.staff).seen, by=stage.staff)


def test_who_does_not_know_of_a_slot_yet_hears_nothing_of_it(app):
    stage = make_stage()
    given = stage.fresh(stage.pitches[0])
    given.status = PitchStatus.HELD  # as staff give slots in a timetable that is not published
    db.session.commit()
    assert [pitch.id for pitch, *_ in queries.own_pitches(by=stage.by(0))] == []
    with pytest.raises(NotFound):
        queries.own_pitch(given.id, by=stage.by(0))
    OUTBOX_SEEN.clear()
    shown = effects.of_calling_off(stage.session.id, by=stage.staff)
    assert (len(shown.effects), shown.told) == (2, 1)
    do(moving.call_off, stage.session.id, seen=shown.seen, by=stage.staff)
    while sweep():
        pass
    assert [message["To"] for message in OUTBOX_SEEN] == ["presenter-1@example.org"]


def test_a_session_called_off_frees_everything_and_tells_everybody(app):
    stage = make_stage()
    shown = effects.of_calling_off(stage.session.id, by=stage.staff)
    assert len(shown.effects) == 2
    _, told = do(moving.call_off, stage.session.id, seen=shown.seen, by=stage.staff)
    assert told == 2
    assert db.session.scalar(select(Booking.holder).limit(1)) is None
    assert stage.fresh(stage.session).status is SessionStatus.CANCELLED
    assert set(db.session.scalars(select(Pitch.status))) == {PitchStatus.CANCELLED}
    assert db.session.scalar(select(Session.id)) is not None and db.session.scalar(select(Meeting.id)) is None
    with pytest.raises(IllegalMove):
        do(moving.call_off, stage.session.id, seen=shown.seen, by=stage.staff)


def test_what_was_held_stays_when_the_rest_is_called_off_and_contacts_are_kept_for_both_sides(client):
    stage = make_stage(starts_at=next_quarter())
    visitor = make_member(email="visitor@example.org")
    held, given_up = (stage.fresh(pitch) for pitch in stage.pitches)
    for pitch in (held, given_up):
        do(door.come, pitch.id, shares_contact=True, by=actor(visitor))
    do(marking.start, held.id, by=stage.by(0))
    do(marking.finish, held.id, by=stage.by(0))
    shown = effects.of_calling_off(stage.session.id, by=stage.staff)
    assert [effect.code for effect in shown.effects] == ["held", "pitch"]
    do(moving.call_off, stage.session.id, seen=shown.seen, by=stage.staff)
    assert [stage.fresh(pitch).status for pitch in (held, given_up)] == [PitchStatus.CONFIRMED, PitchStatus.CANCELLED]
    for number, pitch in enumerate((held, given_up)):
        assert [found.id for found, *_ in queries.own_pitches(by=stage.by(number))] == [pitch.id]
        sign_in(client, stage.presenters[number], stage.agencies[number])
        assert visitor.email in client.get(f"/roadshow/pitches/{pitch.id}").text
        sign_in(client, visitor)
        at_door = client.get(f"/door/{rules.door_code(pitch.id)}")
        assert at_door.status_code == 200 and "Take it back" in at_door.text


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


def test_programs_preview_and_announce_a_late_start(client):
    stage = make_stage()
    secret = make_token(stage.manager)
    path = f"/api/v1/sessions/{stage.session.id}/late"
    shown = client.get(path, query_string={"minutes": 15}, headers=api(secret)).json
    assert (shown["effects"], shown["stops"], shown["told"]) == ([], False, 2)
    assert client.post(path, json={"minutes": 20, "seen": shown["seen"]}, headers=api(secret)).status_code == 412
    answer = client.post(path, json={"minutes": 15, "seen": shown["seen"]}, headers=api(secret))
    assert (answer.status_code, answer.json["late_minutes"], [turn["late_minutes"] for turn in answer.json["turns"]]) == (200, 15, [15, 15])


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


def questions(client, path) -> int:
    db.session.remove()
    asked: list[str] = []
    hear = lambda *args: asked.append(args[2])  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", hear)
    try:
        assert client.get(path).status_code == 200
    finally:
        event.remove(db.engine, "before_cursor_execute", hear)
    return len(asked)
