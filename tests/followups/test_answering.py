"""Both sides answer, by link or signed in; answers are kept for ever, and the staff sees them side by side."""

import csv
import io
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from marketplace.core.appendonly import AppendOnlyRefused
from marketplace.core.clock import now
from marketplace.core.db import db, transaction
from marketplace.followups import queries, service
from marketplace.followups.models import FollowUpAnswer, Outcome, Side
from tests.counting import counted
from tests.factories import actor, api, form_token, make_member, make_organization, make_token, sign_in
from tests.followups.factories_followups import Fairground, followups, run_job

SIGNED = {"outcome": "signed", "amount": "680", "amount_unit": "wan", "currency": "CNY", "contract_reference": "HT-7"}


@pytest.fixture
def ground(app):
    return Fairground(app)


@pytest.fixture
def followup(ground):
    intent = ground.intent()
    run_job()
    return followups(intent)[0]


def link(ground, followup, side=Side.PROVIDER):
    with transaction():
        return "/followup/" + service.ask(followup.id, side, by=actor(ground.desk.clerk))


def answers():
    return db.session.query(FollowUpAnswer).order_by(FollowUpAnswer.answered_at).all()


def test_a_link_answers_once_and_is_gone_then(client, ground, followup):
    address = link(ground, followup)
    page = client.get(address)
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    done = client.post(address, data=form_token(client, address) | SIGNED | {"name": "Anna Muster"})
    assert done.status_code == 200
    [answer] = answers()
    assert (answer.side, answer.outcome, answer.amount_minor, answer.currency) == (Side.PROVIDER, Outcome.SIGNED, 680_000_000, "CNY")
    assert (answer.contract_reference, answer.name, answer.person_id) == ("HT-7", "Anna Muster", None)
    assert client.get(address).status_code == 410
    assert client.post(address, data=form_token(client, "/sign-in") | SIGNED | {"name": "Anna Muster"}).status_code == 410
    assert len(answers()) == 1


@pytest.mark.parametrize("secret", ["x", "A" * 43, "%F0%9F%92%A9"])
def test_an_unknown_link_is_gone(client, secret):
    assert client.get(f"/followup/{secret}").status_code == 410


def test_a_link_expires_after_thirty_days(client, ground, followup):
    address = link(ground, followup)
    with time_machine.travel(now() + timedelta(days=30, seconds=1), tick=False):
        assert client.get(address).status_code == 410


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"outcome": ""}, "outcome"), ({"outcome": "sold"}, "outcome"), ({"amount": ""}, "amount"), ({"currency": ""}, "currency"),
        ({"amount": "0"}, "amount"), ({"amount_undisclosed": "on"}, "amount"), ({"outcome": "dropped", "amount": "", "contract_reference": ""}, "reason"),
        ({"outcome": "talking"}, "amount"), ({"name": ""}, "name"),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_refused_and_the_link_stays(client, ground, followup, changes, field):
    address = link(ground, followup)
    answer = client.post(address, data=form_token(client, address) | SIGNED | {"name": "Anna Muster"} | changes)
    assert answer.status_code == 422
    assert f"#f-{field}" in answer.text
    assert answers() == []
    assert client.get(address).status_code == 200


def test_both_sides_that_said_signed_are_not_asked_again(client, ground, followup):
    for side in Side:
        address = link(ground, followup, side)
        client.post(address, data=form_token(client, address) | SIGNED | {"name": "Anna Muster"})
    with time_machine.travel(now() + timedelta(days=60), tick=False):
        run_job()
        assert [each.asked_at is not None for each in followups()] == [True, False]


def test_an_undisclosed_amount_is_not_zero(client, ground, followup):
    address = link(ground, followup)
    client.post(address, data=form_token(client, address) | {"outcome": "signed", "amount_undisclosed": "on", "name": "Anna Muster"})
    assert [(answer.amount_minor, answer.currency) for answer in answers()] == [(None, None)]


def test_a_member_answers_from_the_day_page_and_may_answer_again(client, ground, followup):
    sign_in(client, ground.recipient_owner)
    assert "/followups" in client.get("/").text
    address = f"/followups/{followup.id}"
    for data in ({"outcome": "talking"}, {"outcome": "dropped", "reason": "No budget this year"}):
        assert client.post(address, data=form_token(client, address) | data).status_code == 303
    assert [(answer.side, answer.outcome) for answer in answers()] == [(Side.RECIPIENT, Outcome.TALKING), (Side.RECIPIENT, Outcome.DROPPED)]
    assert "No budget this year" in client.get("/followups").text
    assert queries.waiting_for(actor(ground.recipient_owner)) == 0
    assert queries.waiting_for(actor(ground.provider_owner)) == 1


def test_the_other_sides_word_is_not_shown_to_a_side(client, ground, followup):
    address = link(ground, followup)
    client.post(address, data=form_token(client, address) | {"outcome": "dropped", "reason": "CANARY of the provider", "name": "Anna Muster"})
    sign_in(client, ground.recipient_owner)
    for path in ("/followups", f"/followups/{followup.id}"):
        assert "CANARY" not in client.get(path).text


def test_somebody_elses_follow_up_is_unknown(client, ground, followup):
    home = make_organization()
    stranger = make_member(home)
    sign_in(client, stranger)
    assert client.get(f"/followups/{followup.id}").status_code == 404
    token = make_token(stranger, home)
    assert client.post(f"/api/v1/followups/{followup.id}/answers", json={"outcome": "talking"}, headers=api(token)).status_code == 404
    assert client.get("/api/v1/followups", headers=api(token)).json["rows"] == []


def test_the_api_answers_and_lists_one_s_own_side(client, ground, followup):
    token = make_token(ground.provider_owner, ground.provider)
    body = {"outcome": "signed", "amount": "68000.00", "currency": "EUR"}
    done = client.post(f"/api/v1/followups/{followup.id}/answers", json=body, headers=api(token))
    assert done.status_code == 201
    assert (done.json["amount"], done.json["currency"], done.json["side"]) == ("68000.00", "EUR", "provider")
    [row] = client.get("/api/v1/followups", headers=api(token)).json["rows"]
    assert (row["days"], row["side"], len(row["answers"])) == (30, "provider", 1)


@pytest.mark.parametrize("change", [update(FollowUpAnswer).values(reason="other"), delete(FollowUpAnswer)], ids=["update", "delete"])
def test_an_answer_is_never_changed(ground, followup, change):
    with transaction():
        service.answer(followup.id, {"outcome": Outcome.TALKING, "amount_minor": None, "currency": None, "contract_reference": None, "reason": None},
                       by=actor(ground.provider_owner))  # fmt: skip
    with pytest.raises((AppendOnlyRefused, DBAPIError), match="append-only"), db.session.begin_nested():
        db.session.execute(change)


def test_the_staff_sees_both_words_side_by_side_and_who_is_silent(client, ground, followup):
    address = link(ground, followup)
    client.post(address, data=form_token(client, address) | SIGNED | {"name": "Anna Muster"})
    sign_in(client, ground.desk.clerk)
    page = client.get("/staff/conversion", query_string={"fair": ground.fair.slug}).text
    assert "¥6,800,000.00" in page
    assert "no word yet" in page
    assert "silent" not in page
    with time_machine.travel(now() + timedelta(days=14), tick=False):
        assert queries.stale_for(actor(ground.desk.clerk)) == 1
        sign_in(client, ground.desk.clerk)
        assert "silent" in client.get("/staff/conversion", query_string={"fair": ground.fair.slug}).text


def test_the_conversion_follows_the_contract_that_names_the_intent(client, ground):
    became, open_one = ground.intent(100), ground.intent(100)
    ground.contract(became, 45)
    run_job()
    intents = queries.all_intents(ground.fair)
    assert sorted(intent.contract_after or 0 for intent in intents) == [0, 45]
    sign_in(client, ground.desk.verifier)
    page = client.get("/staff/conversion", query_string={"fair": ground.fair.slug}).text
    assert "50.0 %" in page
    assert open_one.reference in page


def test_a_link_made_by_the_desk_is_shown_this_once(client, ground, followup):
    sign_in(client, ground.desk.clerk)
    page = f"/staff/conversion?fair={ground.fair.slug}"
    made = client.post(f"/staff/followups/{followup.id}/link", data=form_token(client, page) | {"side": "provider"}, query_string={"fair": ground.fair.slug})
    assert made.status_code == 200
    assert "/followup/" in made.text
    assert "/followup/" not in client.get(page).text
    assert client.post(f"/staff/followups/{followup.id}/link", data=form_token(client, page) | {"side": "broker"}).status_code == 400


def test_the_export_holds_both_sides_and_the_curve(client, ground, followup):
    address = link(ground, followup)
    client.post(address, data=form_token(client, address) | SIGNED | {"name": "=cmd()", "contract_reference": "=1+1"})
    sign_in(client, ground.desk.clerk)
    answer = client.get(f"/staff/conversion/export.csv?fair={ground.fair.slug}")
    assert answer.headers["Cache-Control"] == "private, no-store"
    lines = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
    [row] = [line for line in lines if line[0].startswith("C-")]
    assert row[5] == "Signed a contract, ¥6,800,000.00, =1+1"
    assert ["Count: intents", "1"] in [line[:2] for line in lines]
    for form in ("xlsx", "pdf"):
        assert client.get(f"/staff/conversion/export.{form}?fair={ground.fair.slug}").status_code == 200
    assert client.get("/staff/conversion/export.doc").status_code == 404


def test_strangers_see_only_what_tells_of_no_single_deal(client, ground):
    ground.intent(100)
    run_job()
    page = client.get(f"/fairs/{ground.fair.slug}/conversion")
    assert page.status_code == 200
    assert page.text.count("too few to be published") == 3
    assert client.get(f"/api/v1/fairs/{ground.fair.slug}/conversion").json["points"][0] == {"days": 30, "observed": None, "converted": None}


def test_enough_deals_are_published(client, ground):
    for number in range(6):
        parties = [{"role": role, "name": f"{role} {number}", "country": "DE"} for role in ("provider", "recipient")]
        intent = ground.intent(100, parties=parties)
        if number < 3:
            ground.contract(intent, parties=parties, total_amount="5.00", technology_amount=None)
    assert client.get(f"/api/v1/fairs/{ground.fair.slug}/conversion").json["points"][:2] == [
        {"days": 30, "observed": 6, "converted": 3}, {"days": 90, "observed": 6, "converted": 3},
    ]  # fmt: skip
    assert "50.0 %" in client.get(f"/fairs/{ground.fair.slug}/conversion").text


@pytest.mark.parametrize("count", [1, 4])
def test_the_pages_make_a_constant_number_of_queries(client, ground, count):
    for _ in range(count):
        ground.intent(100)
    run_job()
    sign_in(client, ground.desk.clerk)
    with counted() as seen:
        client.get(f"/staff/conversion?fair={ground.fair.slug}")
    assert len([sql for sql in seen if sql.startswith("SELECT")]) <= 24, seen
