"""From the call for wishes to a repaired plan, in pages and as JSON."""

import pytest

from marketplace.accounts.models import Person
from marketplace.core import jobs
from marketplace.core.db import db, transaction
from marketplace.scheduling import repairing
from tests.counting import asked_by
from tests.factories import api, form_token, make_fair, make_member, make_organization, make_staff, make_token, sign_in
from tests.scheduling.factories_scheduling import Fair
from tests.venue.factories_venue import at, make_place


@pytest.fixture
def fair(app):
    return make_fair(current=True)


def post(client, page, address, **fields):
    return client.post(address, data=form_token(client, page) | fields, follow_redirects=True)


def test_a_fair_plans_meetings_from_the_call_to_the_repair(client, fair):
    manager, tables = make_staff(fair, "manager"), [make_place(fair) for _ in range(2)]
    base = f"/staff/fairs/{fair.slug}/planning"
    last = fair.closes_on.isoformat()
    sign_in(client, manager)
    wrong = post(client, base, base, closes_on=last, days=last, hours="9 to 5", length_minutes="30", pause_minutes="0", seconds="5")
    assert (wrong.status_code, "Write hours such as" in wrong.text) == (422, True)
    post(client, base, base, closes_on=last, days=last, hours="09:00-11:00", length_minutes="30", pause_minutes="0", seconds="5")
    people = [make_member(make_organization(name_en=f"House {name}")) for name in ("Elm", "Oak")]
    manager_id, one_of_them, table_id = manager.id, people[0].id, tables[0].id
    for person, other in ((people[0], "House Oak"), (people[1], "House Elm")):
        sign_in(client, person)
        nobody = post(client, "/wishes", f"/fairs/{fair.slug}/wishes", organization=other, wanted="must")
        assert nobody.status_code == 409
        post(client, "/wishes", f"/fairs/{fair.slug}/delegates", person_id=str(person.id), languages="en", presence="on_site")
        said = post(client, "/wishes", f"/fairs/{fair.slug}/wishes", organization=other, wanted="must", topic="CANARY-LOOMS")
        assert (said.status_code, other in said.text) == (200, True)
    sign_in(client, manager)
    plan = client.post(f"{base}/plans", data=form_token(client, base)).headers["Location"]
    waiting = client.get(plan).text
    assert "data-look-again" in waiting
    jobs.sweep()
    ready = client.get(plan).text
    assert "House Elm" in ready
    assert "Publish one meeting" in ready
    assert "CANARY-LOOMS" not in ready
    assert "Published: the meetings are agreed" in post(client, plan, f"{plan}/publish").text
    jobs.sweep()
    sign_in(client, db.session.get_one(Person, one_of_them))
    assert "CANARY-LOOMS" in client.get("/meetings").text
    sign_in(client, db.session.get_one(Person, manager_id))
    new = f"{base}/changes/new?place={table_id}"
    fields = {"starts_at": f"{at(fair, 9):%Y-%m-%dT%H:%M}", "ends_at": f"{at(fair, 12):%Y-%m-%dT%H:%M}", "reason": "A leg broke."}
    both = post(client, new, f"{base}/changes/new", place_id=str(table_id), organization="House Elm", **fields)
    assert (both.status_code, "one of them" in both.text) == (422, True)
    change = client.post(f"{base}/changes/new", data=form_token(client, new) | fields | {"place_id": str(table_id)}).headers["Location"]
    assert "It breaks one meeting" in client.get(change).text
    jobs.sweep()
    shown = client.get(change).text
    assert "CANARY-LOOMS" not in shown
    done = post(client, change, f"{change}/apply", repair="tables_only")
    assert "Repaired: Other tables only" in done.text
    assert "another table, same time" in done.text


def test_the_same_as_json(client, app):
    fair = Fair()
    slug, staff = fair.fair.slug, make_token(db.session.get_one(Person, fair.manager.person_id))
    a, b = fair.organization(), fair.organization()
    token = make_token(db.session.get_one(Person, a.person_id), a.acting)
    assert client.get(f"/api/v1/fairs/{slug}/meeting-call").json["takes_wishes"]
    wish = {"organization": b.acting.slug, "wanted": "like", "topic": "CANARY-LOOMS"}
    said = client.post(f"/api/v1/fairs/{slug}/wishes", json=wish, headers=api(token)).json
    again = client.post(f"/api/v1/fairs/{slug}/wishes", json=wish | {"wanted": "must"}, headers=api(token)).json
    assert (said["id"], said["wanted"], again["wanted"]) == (again["id"], "like", "must")
    plan = client.post(f"/api/v1/fairs/{slug}/meeting-plans", headers=api(staff)).json
    jobs.sweep()
    own = f"/api/v1/meeting-plans/{plan['id']}"
    ready = client.get(own, headers=api(staff)).json
    assert (ready["state"], ready["best"], ready["bound"], ready["greedy"]) == ("ready", *[{"people": 2, "weight": 1000}] * 3)
    assert "CANARY-LOOMS" not in client.get(f"{own}/meetings", headers=api(staff)).text
    assert client.post(f"{own}/publish", json={}, headers=api(staff)).json["state"] == "published"
    [row] = client.get(f"/api/v1/fairs/{slug}/wishes", headers=api(token)).json["rows"]
    assert client.get(f"/api/v1/meetings/{row['meeting_id']}", headers=api(token)).json["origin"] == "planned"
    missing = {"organization": b.acting.slug, "starts_at": f"{at(fair.fair, 9):%Y-%m-%dT%H:%M}", "ends_at": f"{at(fair.fair, 12):%Y-%m-%dT%H:%M}", "reason": "Late."}
    change = client.post(f"/api/v1/fairs/{slug}/plan-changes", json=missing, headers=api(staff)).json
    jobs.sweep()
    there = f"/api/v1/plan-changes/{change['id']}"
    assert client.get(there, headers=api(staff)).json["repairs"]["drop"]["dropped"] == len(change["broken"]) == 1
    done = client.post(f"{there}/apply", json={"repair": "drop"}, headers=api(staff))
    assert (done.json["state"], done.json["chosen"]) == ("applied", "drop")


def test_wishes_are_read_by_their_own_organisation_only(client, app):
    fair = Fair()
    a, b, c = (fair.organization() for _ in range(3))
    wish = fair.wish(a, b, topic="CANARY-LOOMS")
    for other in (b, c, fair.manager):
        person = db.session.get_one(Person, other.person_id)
        sign_in(client, person, other.acting)
        assert all("CANARY-LOOMS" not in client.get(page).text for page in (f"/wishes?fair={fair.fair.slug}", "/", f"/staff/fairs/{fair.fair.slug}/planning"))
        answer = client.post(f"/api/v1/wishes/{wish.id}/take-back", headers=api(make_token(person, other.acting)))
        assert answer.status_code == (403 if other is fair.manager else 404)
    sign_in(client, db.session.get_one(Person, a.person_id), a.acting)
    assert "CANARY-LOOMS" in client.get(f"/wishes?fair={fair.fair.slug}").text


def test_more_meetings_need_no_more_queries(client, app):
    counts = []
    for organizations in (2, 6):
        fair = Fair(tables=3)
        base, table_id = f"/staff/fairs/{fair.fair.slug}/planning", fair.tables[0].id
        everybody = [fair.organization() for _ in range(organizations)]
        for one, other in zip(everybody, everybody[1:], strict=False):
            fair.wish(one, other)
        plan = fair.published().id
        with transaction():
            change = repairing.ask(
                fair.fair.id, kind="place", subject_id=table_id, starts_at=at(fair.fair, 9), ends_at=at(fair.fair, 12), reason="–", by=fair.manager
            ).id
        jobs.sweep()
        sign_in(client, db.session.get_one(Person, fair.manager.person_id))
        pages = [asked_by(client, f"{base}/plans/{plan}"), asked_by(client, f"{base}/changes/{change}")]
        sign_in(client, db.session.get_one(Person, everybody[0].person_id), everybody[0].acting)
        counts.append([*pages, asked_by(client, f"/wishes?fair={fair.fair.slug}")])
    assert counts[0] == counts[1]
