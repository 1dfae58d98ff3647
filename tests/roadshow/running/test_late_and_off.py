"""A session that starts late or is called off: what it runs into, who hears of it, and what stays."""

import pytest
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.errors import IllegalMove, NotFound
from marketplace.core.jobs import sweep
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.meetings.models import Meeting
from marketplace.roadshow.models import Pitch, PitchStatus, Session, SessionStatus
from marketplace.roadshow.running import door, effects, marking, moving, queries, rules
from marketplace.venue import booking
from marketplace.venue.models import Booking
from tests.factories import actor, api, make_member, make_organization, make_token, sign_in
from tests.roadshow.factories_running import busy, do, make_stage, next_quarter
from tests.venue.factories_venue import at


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
    said = {mail["To"]: mail.get_content() for mail in OUTBOX_SEEN}
    assert ["10:30 you are expected elsewhere" in said[person.email] for person in stage.presenters] == [False, True]
    assert "now about" in said[stage.presenters[1].email]
    assert f"{stage.pitches[1].starts_at:%Y-%m}" not in said[stage.presenters[1].email], "days as people write them"
    assert "begins 10 minutes late" in client.get("/roadshow").text
    assert [turn.late_minutes for _, turn in queries.one(stage.session.id)[0].turns] == [10, 10]
    with pytest.raises(IllegalMove):
        do(moving.announce_late, stage.session.id, 10, seen=effects.of_late(stage.session.id, 10, by=stage.staff).seen, by=stage.staff)


def test_programs_preview_and_announce_a_late_start(client):
    stage = make_stage()
    secret = make_token(stage.manager)
    path = f"/api/v1/sessions/{stage.session.id}/late"
    shown = client.get(path, query_string={"minutes": 15}, headers=api(secret)).json
    assert (shown["effects"], shown["stops"], shown["told"]) == ([], False, 2)
    assert client.post(path, json={"minutes": 20, "seen": shown["seen"]}, headers=api(secret)).status_code == 412
    answer = client.post(path, json={"minutes": 15, "seen": shown["seen"]}, headers=api(secret))
    assert (answer.status_code, answer.json["late_minutes"], [turn["late_minutes"] for turn in answer.json["turns"]]) == (200, 15, [15, 15])


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
        assert at_door.status_code == 200 and "Take my word back" in at_door.text
