"""The pages by clicks: the call put out, applied to, scored, decided, told, and the timetable moved and published."""

import re
from datetime import timedelta

import pytest

from marketplace.core.db import db
from marketplace.roadshow.calls import calling, timetabling
from marketplace.roadshow.calls.models import Application, PitchCall, Review, Status
from marketplace.roadshow.models import Pitch, PitchStatus
from tests.counting import counted
from tests.factories import actor, api, form_token, make_fair, make_member, make_organization, make_person, make_staff, make_token, sign_in
from tests.roadshow.calls.factories_calls import PITCH, do, make_application, make_call, make_reviewer
from tests.roadshow.factories_roadshow import make_achievement, make_session


@pytest.fixture
def fair(app):
    return make_fair(current=True)


def press(client, page, action, **fields):
    """Send a form of a page; where it leads."""
    answer = client.post(action, data=form_token(client, page) | fields)
    assert answer.status_code == 303, re.sub(r"\s+", " ", answer.text)[:2000]
    return answer.headers["Location"]


def test_from_the_call_to_the_slot(client, fair):
    manager, reviewer, organization = make_staff(fair), make_person(), make_organization()
    member, achievement, session = make_member(organization), make_achievement(fair, organization, title_en="Heat pump"), make_session(fair)
    sign_in(client, manager)
    assert client.get("/staff/roadshow/applications").status_code == 303, "first the call"
    days = {"opens_on": fair.opens_on.isoformat(), "closes_on": fair.closes_on.isoformat(), "places": "1"}
    criteria = {"criteria-0-name_en": "Novelty", "criteria-0-weight": "2", "criteria-1-name_zh": "成熟度", "criteria-1-weight": "", "criteria-2-name_en": "", "criteria-2-weight": ""}
    press(client, "/staff/roadshow/call", "/staff/roadshow/call", text_en="Come.", **days, **criteria)
    call = db.session.query(PitchCall).one()
    assert [(each.name_en, each.name_zh, each.weight) for each in calling.criteria(call.id)] == [("Novelty", None, 2), (None, "成熟度", 1)]
    press(client, "/staff/roadshow/reviewers", "/staff/roadshow/reviewers", email=reviewer.email)

    sign_in(client, member, organization)
    own = press(client, "/roadshow/call", f"/roadshow/calls/{call.id}/applications", achievement_id=str(achievement.id), pitch_text=PITCH, language="en", days=fair.closes_on.isoformat())
    assert "undecided" in client.get(own).text
    press(client, own, f"{own}/amend", pitch_text=f"{PITCH} Soon.", language="en")

    sign_in(client, reviewer)
    score = client.get(f"/roadshow/calls/{call.id}/scoring/next").headers["Location"]
    keys = re.findall(r'name="scores-(\d)-criterion_id" value="([^"]+)"', client.get(score).text)
    points = {f"scores-{n}-criterion_id": key for n, key in keys} | {f"scores-{n}-points": "5" for n, _ in keys}
    missing = client.post(score, data=form_token(client, score) | points | {"scores-1-points": ""})
    assert (missing.status_code, "scores-1-points" in missing.text) == (422, True)
    press(client, score, score, comment="Good.", **points)
    assert db.session.query(Review).one().total == 5000

    sign_in(client, manager)
    ranking = "/staff/roadshow/applications"
    application = db.session.query(Application).one()
    assert "5.00" in client.get(ranking).text
    assert "Good." in client.get(f"{ranking}/{application.id}").text
    press(client, ranking, f"{ranking}/first", number="1", status="selected")
    press(client, f"{ranking}/tell", f"{ranking}/tell")
    table = "/staff/roadshow/timetable"
    landed = press(client, table, f"{table}/move", what=f"application:{application.id}", to=f"slot:{session.id}:2")
    assert landed.endswith(f"#slot-{session.id}-2")
    assert f"{application.id}" not in client.get(table).text
    press(client, table, f"{table}/undo")
    assert f"application:{application.id}" in client.get(table).text
    press(client, table, f"{table}/move", what=f"application:{application.id}", to=f"slot:{session.id}:1")
    press(client, f"{table}/publish", f"{table}/publish")
    assert "Heat pump" in client.get(f"/roadshow/sessions/{session.id}").text
    sign_in(client, member, organization)
    assert ("chosen" in client.get(own).text, str(session.id) in client.get(own).text) == (True, True)


def test_what_is_placed_is_not_public_before_it_is_published(client, fair):
    call, session = make_call(fair), make_session(fair)
    application = make_application(call, status=Status.SELECTED, told="selected", title_en="CANARY-HELD pump")
    pitch = do(timetabling.place, application.id, session.id, 1, by=actor(make_staff(fair)))
    for page in (f"/roadshow/sessions/{session.id}", "/roadshow", f"/api/v1/sessions/{session.id}", f"/api/v1/fairs/{fair.slug}/sessions"):
        assert "CANARY-HELD" not in client.get(page).text
        assert str(application.achievement_id) not in client.get(page).text
    assert client.get(f"/api/v1/sessions/{session.id}").json["free_positions"] == [2, 3, 4]
    db.session.get_one(Pitch, pitch.id).status = PitchStatus.CONFIRMED
    db.session.commit()
    assert "CANARY-HELD" in client.get(f"/roadshow/sessions/{session.id}").text, "the control: it could be seen"


def test_a_move_shows_what_warns_and_then_goes_through(client, fair):
    call, session = make_call(fair), make_session(fair)
    application = make_application(call, status=Status.SELECTED, told="selected", days=[fair.closes_on - timedelta(days=1)])
    sign_in(client, make_staff(fair))
    page = f"/staff/roadshow/timetable/move?what=application:{application.id}"
    wish = {"what": f"application:{application.id}", "to": f"slot:{session.id}:1"}
    warned = client.post("/staff/roadshow/timetable/move", data=form_token(client, page) | wish)
    assert (warned.status_code, 'data-code="other_day"' in warned.text, 'name="accept_warnings"' in warned.text) == (409, True, True)
    assert db.session.query(Pitch).count() == 0
    press(client, page, "/staff/roadshow/timetable/move", accept_warnings="on", **wish)
    assert db.session.query(Pitch).one().session_id == session.id


def test_an_anonymous_owner_is_named_to_no_reviewer_and_no_manager(client, fair):
    call, organization, session = make_call(fair), make_organization(name_en="CANARY-OWNER"), make_session(fair)
    person = make_member(organization, name="CANARY-OWNER in person")
    application = make_application(call, organization=organization, person=person, anonymous=True, status=Status.SELECTED)
    placed = make_application(call, organization=organization, person=person, anonymous=True, status=Status.SELECTED, told="selected")
    do(timetabling.place, placed.id, session.id, 1, by=actor(make_staff(fair)))
    reviewer, manager = make_reviewer(call), make_staff(fair)
    sign_in(client, reviewer)
    pages = [f"/roadshow/calls/{call.id}/scoring", f"/roadshow/applications/{application.id}/score"]
    texts = [client.get(page).text for page in pages]
    sign_in(client, manager)
    staff = "/staff/roadshow"
    texts += [client.get(page).text for page in (f"{staff}/applications", f"{staff}/applications/{application.id}", f"{staff}/timetable", f"{staff}/applications/tell", f"{staff}/timetable/publish")]
    assert not [text for text in texts if "CANARY-OWNER" in text]
    assert [str(application.achievement_id) in text or str(application.id) in text for text in texts[:5]] == [True] * 5, "the control: it was shown"


def test_lists_make_the_same_number_of_queries_however_long(client, fair):
    call, session = make_call(fair, places=50), make_session(fair, slots=4)
    reviewer, manager = make_reviewer(call), make_staff(fair)
    pages = {"/staff/roadshow/applications": manager, "/staff/roadshow/timetable": manager, "/staff/roadshow/applications/tell": manager, f"/roadshow/calls/{call.id}/scoring": reviewer}

    def counts():
        found = {}
        for page, person in pages.items():
            sign_in(client, person)
            with counted() as queries:
                assert client.get(page).status_code == 200
            found[page] = len(queries)
        return found

    for _ in range(2):
        make_application(call, status=Status.SELECTED)
    do(timetabling.place, make_application(call, status=Status.SELECTED, told="selected").id, session.id, 1, by=actor(manager))
    few = counts()
    for _ in range(4):
        make_application(call, status=Status.SELECTED)
    do(timetabling.place, make_application(call, status=Status.SELECTED, told="selected").id, session.id, 2, by=actor(manager))
    assert counts() == few


def test_the_api_takes_a_call_through(client, fair):
    manager, organization, reviewer = make_token(make_staff(fair)), make_organization(), make_person()
    member, achievement, session = make_token(make_member(organization), organization), make_achievement(fair, organization), make_session(fair)
    base = f"/api/v1/fairs/{fair.slug}"
    body = {"text_en": "Come.", "opens_on": fair.opens_on.isoformat(), "closes_on": fair.closes_on.isoformat(), "places": 1, "criteria": [{"name_en": "Novelty"}]}
    assert client.get(f"{base}/call").status_code == 404
    assert client.put(f"{base}/call", json=body, headers=api(manager)).status_code == 428
    made = client.put(f"{base}/call", json=body, headers=api(manager, **{"If-Match": "*"}))
    assert (made.status_code, made.json["open"], made.json["criteria"][0]["weight"]) == (200, True, 1)
    assert client.put(f"{base}/call", json=body, headers=api(manager, **{"If-Match": '"99"'})).status_code == 412
    make_reviewer(db.session.query(PitchCall).one(), reviewer)
    applied = client.post(f"{base}/pitch-applications", json={"achievement_id": str(achievement.id), "pitch_text": PITCH, "language": "en"}, headers=api(member))
    assert (applied.status_code, applied.json["status"]) == (201, "submitted")
    one = f"/api/v1/pitch-applications/{applied.json['id']}"
    review = {"scores": [{"criterion_id": made.json["criteria"][0]["id"], "points": 4}]}
    scored = client.put(f"{one}/review", json=review, headers=api(make_token(reviewer), **{"If-Match": "*"}))
    assert (scored.status_code, scored.json["total"]) == (200, "4.00")
    rows = client.get(f"{base}/pitch-applications", headers=api(manager)).json["rows"]
    assert [(row["place"], row["mean"], row["reviews"]) for row in rows] == [(1, "4.00", 1)]
    decided = client.post(f"{base}/pitch-applications/decide", json={"applications": [rows[0]["id"]], "status": "selected"}, headers=api(manager))
    assert decided.json == {"changed": 1}
    assert client.get(one, headers=api(member)).json["status"] == "submitted", "nobody is told yet"
    assert client.post(f"{base}/pitch-applications/tell", headers=api(manager)).json == {"changed": 1}
    assert client.get(one, headers=api(member)).json["status"] == "selected"
    placed = client.post(f"{one}/place", json={"session_id": str(session.id), "position": 2}, headers=api(manager))
    assert (placed.status_code, placed.json["status"], placed.json["fee_id"]) == (201, "held", None)
    slot = f"/api/v1/pitches/{placed.json['id']}"
    moved = client.put(f"{slot}/slot", json={"session_id": str(session.id), "position": 4}, headers=api(manager, **{"If-Match": "*"}))
    assert (moved.status_code, moved.json["position"]) == (200, 4)
    assert client.post(f"{base}/timetable/undo", headers=api(manager)).json == {"changed": 1}
    assert client.post(f"{base}/timetable/publish", headers=api(manager)).json == {"changed": 1}
    assert client.post(f"{slot}/take-out", headers=api(manager)).json["status"] == "cancelled"
    assert client.post(f"{one}/withdraw", headers=api(member)).json["status"] == "withdrawn"
