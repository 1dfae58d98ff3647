"""Who reads what: the two organisations everything, fair staff the stage, everybody else nothing."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import update

from marketplace.core.access import PERMISSIONS
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.negotiations import board, interest, queries
from marketplace.negotiations.models import Stage
from marketplace.organizations.models import Membership, Role
from tests.counting import counted
from tests.factories import api, form_token, make_fair, make_member, make_person, make_staff, make_token, sign_in
from tests.negotiations.factories_negotiations import TERMS, asked, do, handed, make_world, thread_at

UNKNOWN = "01890000-0000-7000-8000-000000000000"
LOUD = replace(TERMS, note="CANARY-NOTE", amount_minor=777_123_456, technology_amount_minor=777_000_001, royalty_bp=1234)
STEPS = {
    "read": {}, "accept": {}, "decline": {"reason": "price"}, "withdraw": {}, "rounds": {"kind": "licence"}, "rounds/1/withdraw": {},
    "agree": {"round": 1}, "lose": {"reason": "price"}, "hand-over": {},
}  # fmt: skip
PAGES = ("", "/decline", "/lose", "/rounds/new", "/agree", "/hand-over")


@pytest.fixture
def world(app):
    return make_world()


def bare(answer):
    """An answer without what differs from request to request."""
    text = re.sub(r"urn:uuid:[0-9a-f-]+", "", answer.text)
    text = re.sub(r'(name="(?:once|csrf_token)" value=")[^"]*|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}', r"\1", text)
    kept = {name: value for name, value in answer.headers.items() if name not in {"X-Request-Id", "Content-Length", "Date", "Set-Cookie"}}
    return answer.status_code, kept, text


def strangers(world):
    """Everybody who must not read the thread, with a token of all permissions they could have."""
    elsewhere = make_fair()
    manager = make_staff(world.fair, "manager", "moderator", "clerk", "verifier")
    admin = make_person(admin=True)
    left = make_member(world.agency)
    token_of_left = make_token(left, world.agency)
    db.session.execute(update(Membership).where(Membership.person_id == left.id).values(ended_at=now()))
    db.session.commit()
    return {
        "outsider": make_token(world.at_outsider, world.outsider), "manager": make_token(manager), "clerk": make_token(world.clerk),
        "elsewhere": make_token(make_staff(elsewhere, "manager")), "admin": make_token(admin), "left": token_of_left,
    }  # fmt: skip


@pytest.mark.parametrize("stage", [Stage.INTEREST, Stage.TERMS_PROPOSED, Stage.TERMS_AGREED])
def test_a_foreign_thread_answers_like_an_unknown_one(world, client, stage):
    thread = thread_at(world, stage, terms=LOUD)
    version = thread.version
    for who, token in strangers(world).items():
        for step, body in STEPS.items():
            answers = [
                client.post(f"/api/v1/negotiations/{thread_id}/{step}", json=body, headers=api(token)) for thread_id in (thread.id, UNKNOWN)
            ]
            assert bare(answers[0]) == bare(answers[1]), (who, step)
            assert answers[0].status_code in {403, 404}, (who, step)
        answers = [client.get(f"/api/v1/negotiations/{thread_id}", headers=api(token)) for thread_id in (thread.id, UNKNOWN)]
        assert bare(answers[0]) == bare(answers[1]), who
        assert answers[0].status_code == (404 if who == "outsider" else 403)
    db.session.refresh(thread)
    assert (thread.version, thread.stage) == (version, stage)


def test_the_pages_of_a_foreign_thread_are_those_of_an_unknown_one(world, client):
    thread = thread_at(world, Stage.TERMS_PROPOSED, terms=LOUD)
    sign_in(client, world.at_outsider, world.outsider)
    hidden = form_token(client, "/negotiations/new?achievement=" + str(world.achievement.id))
    for page in PAGES:
        answers = [client.get(f"/negotiations/{thread_id}{page}") for thread_id in (thread.id, UNKNOWN)]
        assert answers[0].status_code == 404, page
        assert bare(answers[0]) == bare(answers[1]), page
    for n, step in enumerate(("accept", "withdraw", "decline", "lose", "rounds/new", "rounds/1/withdraw", "agree", "hand-over")):
        fields = hidden | {"once": f"k{n}", "round": "1", "reason": "price"}
        answers = [client.post(f"/negotiations/{thread_id}/{step}", data=fields) for thread_id in (thread.id, UNKNOWN)]
        assert answers[0].status_code == 404, step
        assert bare(answers[0]) == bare(answers[1]), step


def test_an_outsiders_lists_are_empty(world, client):
    thread_at(world, Stage.TERMS_PROPOSED, terms=LOUD)
    token = make_token(world.at_outsider, world.outsider)
    assert client.get("/api/v1/negotiations", headers=api(token)).json == {"rows": [], "next": None}
    assert queries.waiting_counts(by=world.stranger) == (0, 0)
    sign_in(client, world.at_outsider, world.outsider)
    page = client.get("/negotiations")
    assert page.status_code == 200
    assert "CANARY" not in page.text
    assert "D-20" not in page.text


def everything_staff_can_get(world, client, thread):
    """Every answer of this domain to all staff roles of the fair, pages and JSON."""
    chief = make_staff(world.fair, "manager", "moderator", "clerk", "verifier")
    token = make_token(chief)
    sign_in(client, chief)
    addresses = [
        "/staff/negotiations", f"/staff/negotiations?fair={world.fair.slug}&stage={thread.stage.value}", "/negotiations",
        *(f"/negotiations/{thread.id}{page}" for page in PAGES),
    ]  # fmt: skip
    got = [client.get(address) for address in addresses]
    for path in (f"/fairs/{world.fair.slug}/negotiations", "/negotiations", f"/negotiations/{thread.id}"):
        got.append(client.get(f"/api/v1{path}", headers=api(token)))
    return got


@pytest.mark.parametrize("stage", [Stage.INTEREST, Stage.TERMS_PROPOSED, Stage.TERMS_AGREED, Stage.DECLINED, Stage.LOST])
def test_staff_see_the_stage_and_no_other_byte(world, client, stage):
    thread = thread_at(world, stage, terms=LOUD)
    got = everything_staff_can_get(world, client, thread)
    assert got[0].status_code == 200
    assert thread.reference in got[0].text
    assert thread.reference in got[-3].text
    secrets = ["CANARY", "Northgate", "Hengyuan", "Heat pump", "热泵", "777", "7,771", "1234", "12.34", "licence", str(world.agency.id)]
    for answer in got:
        text = answer.text + repr(dict(answer.headers))
        text = re.sub(r"20\d\d-\d\d-\d\dT[0-9:.+]+|urn:uuid:\S+|[0-9a-f]{8}-[0-9a-f-]{27}|(csrf_token|once)\W+value=\S+", "", text)
        text = re.sub(r"(?i)(fair|organization|person|交易会)[ -]?\d+", "", text)  # the factories' own numbers
        text = re.sub(r"'(Set-Cookie|X-Request-Id|Content-Length)': '[^']*'", "", text)
        found = [secret for secret in secrets if secret in text]
        assert found == [], (answer.request.path, found)


def test_the_canaries_are_really_there_for_the_two_sides(world, client):
    """Negative control: what staff never get is in the answers of the members."""
    thread = thread_at(world, Stage.TERMS_PROPOSED, terms=LOUD)
    token = make_token(world.at_company, world.company)
    text = client.get(f"/api/v1/negotiations/{thread.id}", headers=api(token)).text
    assert all(secret in text for secret in ("CANARY-NOTE", "CANARY-QUESTION", "7771234.56", "1234", "Heat pump"))


def test_states_belong_to_one_fairs_staff(world, client):
    asked(world)
    other = make_fair()
    token = make_token(make_staff(other, "manager"))
    assert client.get(f"/api/v1/fairs/{other.slug}/negotiations", headers=api(token)).json["rows"] == []
    assert client.get(f"/api/v1/fairs/{world.fair.slug}/negotiations", headers=api(token)).status_code == 403
    assert client.get("/api/v1/fairs/no-such-fair/negotiations", headers=api(token)).status_code == 404
    assert client.get(f"/api/v1/fairs/{world.fair.slug}/negotiations", headers=api(make_token(world.at_agency, world.agency))).status_code == 403


def test_staff_see_which_side_must_move(world, client):
    token = make_token(world.clerk)
    thread = thread_at(world, Stage.TERMS_PROPOSED)
    [row] = client.get(f"/api/v1/fairs/{world.fair.slug}/negotiations", headers=api(token)).json["rows"]
    assert set(row) == {"id", "reference", "stage", "sent_at", "moved_at", "side_to_move", "due_on", "stalled", "late"}
    assert (row["id"], row["stage"], row["side_to_move"]) == (str(thread.id), "terms_proposed", "recipient")


def test_a_handover_shows_the_clerk_no_round_or_note(world):
    handed(world, terms=LOUD)
    rows = queries.waiting_handovers(by=world.staff, fair=world.fair)
    assert "CANARY" not in repr([row.facts for row in rows])


def test_the_token_of_another_organisation_of_the_same_person_reads_nothing(world, client):
    thread = asked(world)
    make_member(world.outsider, person=world.at_agency)
    token = make_token(world.at_agency, world.outsider)
    assert client.get(f"/api/v1/negotiations/{thread.id}", headers=api(token)).status_code == 404
    narrow = make_token(world.at_agency, world.agency, permissions=["negotiations.read"])
    assert client.get(f"/api/v1/negotiations/{thread.id}", headers=api(narrow)).status_code == 200
    assert client.post(f"/api/v1/negotiations/{thread.id}/accept", headers=api(narrow), json={}).status_code == 403


@pytest.mark.parametrize(("role", "reads", "writes"), [(Role.OWNER, 200, 200), (Role.EDITOR, 200, 200), (Role.READER, 200, 403)])
def test_the_roles_of_members(world, client, role, reads, writes):
    thread = asked(world)
    token = make_token(make_member(world.agency, role), world.agency)
    assert client.get(f"/api/v1/negotiations/{thread.id}", headers=api(token)).status_code == reads
    assert client.post(f"/api/v1/negotiations/{thread.id}/accept", headers=api(token), json={}).status_code == writes


def test_nobody_signed_out_reads_anything(world, client):
    thread = asked(world)
    assert client.get(f"/api/v1/negotiations/{thread.id}").status_code == 401
    assert client.get("/api/v1/negotiations").status_code == 401
    assert client.get(f"/negotiations/{thread.id}").status_code == 303


def test_no_staff_role_reads_threads(app):
    assert PERMISSIONS["negotiations.read"].staff == PERMISSIONS["negotiations.write"].staff == frozenset()
    assert not PERMISSIONS["negotiations.read"].admin


def test_a_list_makes_the_same_number_of_queries_for_one_and_for_many(world):
    def both_lists():
        db.session.expire_all()
        by, staff, fair = world.buyer, world.staff, world.fair
        with counted() as seen:
            queries.threads(by=by)
            board.states(by=staff, fair=fair)
        return len(seen)

    thread_at(world, Stage.TERMS_PROPOSED)
    few = both_lists()
    for _ in range(3):
        do(interest.withdraw, asked(world, need_id=world.need.id).id, by=world.buyer)
    assert both_lists() == few
