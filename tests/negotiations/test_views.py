"""The pages: the story by forms, and each form that comes back with what was typed."""

import re
from dataclasses import replace

import pytest

from marketplace.core.db import db
from marketplace.listings.models import Kind
from marketplace.negotiations import interest, queries, rounds
from marketplace.negotiations.models import Stage
from marketplace.negotiations.points import service as points
from tests.factories import form_token, sign_in
from tests.negotiations.factories_negotiations import ASKED, TERMS, asked, do, handed, make_listing, make_world, thread_at


@pytest.fixture
def world(app):
    return make_world(current=True)


@pytest.fixture
def at_company(app, world):
    client = app.test_client()
    sign_in(client, world.at_company, world.company)
    return client


@pytest.fixture
def at_agency(app, world):
    client = app.test_client()
    sign_in(client, world.at_agency, world.agency)
    return client


def send(client, path, token_from=None, **fields):
    return client.post(path, data=form_token(client, token_from or path) | fields)


def test_a_deal_by_forms(world, at_company, at_agency):
    new = f"/negotiations/new?achievement={world.achievement.id}"
    page = at_company.get(new)
    assert "Heat pump" in page.text
    assert world.need.reference in page.text
    answer = send(at_company, new, achievement_id=str(world.achievement.id), need_id=str(world.need.id), cooperation_wanted="licence", question="May we?")
    assert answer.status_code == 303
    thread = answer.location
    assert "Northgate has to answer" in at_company.get(thread).text
    assert "Your move: answer the question" in at_agency.get(thread).text
    assert send(at_agency, f"{thread}/accept", thread).status_code == 303
    typed = {"amount": "680", "unit": "wan", "currency": "CNY", "kind": "licence", "after": "0", "royalty_percent": "2.5", "note": "List terms"}
    assert send(at_agency, f"{thread}/rounds/new", **typed).status_code == 303
    page = at_company.get(thread).text
    assert "¥6,800,000.00" in page
    assert "Six million eight hundred thousand yuan" in page
    assert "Your move: answer round 1" in page
    typed |= {"amount": "6.2 million", "unit": "one", "after": "1"}
    assert send(at_company, f"{thread}/rounds/new", **typed).status_code == 303
    page = at_agency.get(thread).text
    assert '<span class="chg">¥6,200,000.00</span>' in page
    assert page.count('class="chg"') == 1
    assert "Six million two hundred thousand yuan" in at_agency.get(f"{thread}/agree").text
    assert send(at_agency, f"{thread}/agree", round="2").status_code == 303
    preview = at_company.get(f"{thread}/hand-over").text
    assert "Northgate" in preview
    assert "List terms" not in preview
    assert send(at_company, f"{thread}/hand-over").status_code == 303
    assert "at the contract desk" in at_agency.get(thread).text
    [row] = queries.waiting_handovers(by=world.staff, fair=world.fair)
    assert row.facts["total_minor"] == 620_000_000


def test_an_open_thread_is_opened_instead_of_asked_again(world, at_company):
    thread = asked(world)
    answer = at_company.get(f"/negotiations/new?achievement={world.achievement.id}")
    assert (answer.status_code, answer.location) == (303, f"/negotiations/{thread.id}")


def test_an_agency_asks_about_a_need(world, at_agency):
    new = f"/negotiations/new?need={world.need.id}"
    assert "Steam at 150 degrees" in at_agency.get(new).text
    answer = send(at_agency, new, need_id=str(world.need.id), cooperation_wanted="licence", question="Shall we?")
    assert answer.status_code == 303


def test_a_match_names_both_listings(world, at_company):
    page = at_company.get(f"/negotiations/new?achievement={world.achievement.id}&need={world.need.id}").text
    assert re.search(rf'<option value="{world.need.id}" selected>', page)


def test_a_wrong_interest_comes_back_with_what_was_typed(world, at_company):
    new = f"/negotiations/new?achievement={world.achievement.id}"
    answer = send(at_company, new, achievement_id=str(world.achievement.id), about_us="We bake bread", question="")
    assert answer.status_code == 422
    assert "We bake bread" in answer.text
    assert re.search(r'id="b-question"><span class="err"', answer.text)
    assert re.search(r'href="#f-question">What do you want to know or do\?: [A-Z]', answer.text), "the summary names the field and leads to it"
    assert re.search(r'href="#f-cooperation_wanted">Cooperation wanted: [A-Z]', answer.text)
    page = at_company.get(new).text
    assert page.count("<!--") == 0, "what is written at the end leaves no mark"


@pytest.mark.parametrize("query", ["", "?achievement=nonsense", "?achievement=01890000-0000-7000-8000-000000000000", "?need=1"])
def test_an_address_without_a_public_listing_is_refused(world, at_company, query):
    assert at_company.get(f"/negotiations/new{query}").status_code in {404, 422}


def test_hidden_and_unknown_listings_have_the_same_page(world, at_company):
    hidden = make_listing(Kind.ACHIEVEMENT, world.agency, world.fair, published=False)
    answers = [at_company.get(f"/negotiations/new?achievement={key}") for key in (hidden.id, world.fair.id)]
    texts = [re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|value=\"[^\"]{20,}\"", "", answer.text) for answer in answers]
    assert answers[0].status_code == answers[1].status_code
    assert texts[0] == texts[1]


def test_decline_and_lose_ask_for_a_reason(world, at_agency):
    thread = asked(world)
    path = f"/negotiations/{thread.id}/decline"
    missing = send(at_agency, path, note="CANARY-TYPED")
    assert missing.status_code == 422
    assert "CANARY-TYPED" in missing.text
    assert send(at_agency, path, reason="maturity", note="Too early").status_code == 303
    db.session.refresh(thread)
    assert thread.decline_reason == "maturity"
    talking = thread_at(world, Stage.TERMS_PROPOSED)
    assert send(at_agency, f"/negotiations/{talking.id}/lose", reason="price").status_code == 303
    db.session.refresh(talking)
    assert talking.stage is Stage.LOST


def test_a_wrong_round_comes_back_with_what_was_typed(world, at_company):
    thread = thread_at(world, Stage.TERMS_PROPOSED)
    answer = send(at_company, f"/negotiations/{thread.id}/rounds/new", amount="1.2.3", currency="CNY", unit="wan", after="1", note="keep me")
    assert answer.status_code == 422
    assert "keep me" in answer.text
    assert 'data-code="amount_format"' in answer.text
    assert len(queries.rounds_of(thread.id)) == 1


def test_a_round_that_crossed_anothers_is_refused_on_its_page(world, at_company):
    thread = thread_at(world, Stage.TERMS_PROPOSED)
    answer = send(at_company, f"/negotiations/{thread.id}/rounds/new", amount="5", currency="CNY", after="0")
    assert answer.status_code == 412
    assert len(queries.rounds_of(thread.id)) == 1


def test_a_counter_starts_from_the_last_terms(world, at_company):
    thread = thread_at(world, Stage.TERMS_PROPOSED)
    page = at_company.get(f"/negotiations/{thread.id}/rounds/new").text
    assert 'value="6800000.00"' in page
    assert '<option value="licence" selected>' in page


def test_own_rounds_and_questions_are_withdrawn_by_a_button(world, at_agency, at_company):
    thread = thread_at(world, Stage.TERMS_PROPOSED)
    page = f"/negotiations/{thread.id}"
    assert send(at_agency, f"{page}/rounds/1/withdraw", page).status_code == 303
    assert [made.status.value for made in queries.rounds_of(thread.id)] == ["withdrawn"]
    second = asked(world, need_id=world.need.id)
    page = f"/negotiations/{second.id}"
    assert send(at_company, f"{page}/withdraw", page).status_code == 303
    db.session.refresh(second)
    assert second.stage is Stage.WITHDRAWN


@pytest.mark.parametrize("stage", list(Stage))
def test_every_page_of_every_stage_is_shown_to_both_sides(world, at_agency, at_company, stage):
    thread = thread_at(world, stage)
    for client in (at_agency, at_company):
        page = client.get(f"/negotiations/{thread.id}")
        assert page.status_code == 200
        assert 'class="move"' in page.text
        assert client.get("/negotiations").status_code == 200
        assert client.get(f"/negotiations?stage={stage.value}").text.count(thread.reference) == 1
        assert client.get(f"/negotiations/{thread.id}/agree").status_code == 200
    assert at_agency.get(f"/negotiations/{thread.id}", headers={"Accept-Language": "zh"}).status_code == 200


SECOND = {
    "accept": (Stage.INTEREST, "agency", "accept", {}, "accepted"),
    "decline": (Stage.INTEREST, "agency", "decline", {"reason": "not_fit"}, "declined, with a reason"),
    "withdraw": (Stage.INTEREST, "company", "withdraw", {}, "withdrew the question"),
    "evaluate": (Stage.TALKING, "company", "steps", {"step": "evaluate"}, "began to evaluate"),
    "agree": (Stage.TERMS_PROPOSED, "company", "agree", {"round": "1"}, "agreed to round 1"),
    "withdraw_round": (Stage.TERMS_PROPOSED, "agency", "rounds/1/withdraw", {}, "withdrew round 1"),
    "hand_over": (Stage.TERMS_AGREED, "company", "hand-over", {}, "handed the agreed facts to the contract desk"),
    "approve": (Stage.APPROVAL, "agency", "steps", {"step": "approve"}, "has its approval"),
    "lose": (Stage.TALKING, "company", "lose", {"reason": "price"}, "ended the talks, with a reason"),
}


@pytest.mark.parametrize("step", SECOND)
def test_who_comes_second_is_led_back_and_reads_who_did_it(world, at_agency, at_company, step):
    stage, who, path, fields, did = SECOND[step]
    client, organization = (at_agency, "Northgate") if who == "agency" else (at_company, "Hengyuan")
    thread = f"/negotiations/{thread_at(world, stage).id}"
    tokens = [form_token(client, thread) for _ in range(2)]  # two windows of one side
    first, second = (client.post(f"{thread}/{path}", data=token | fields) for token in tokens)
    assert (first.status_code, second.status_code, second.location) == (303, 303, thread)
    page = client.get(thread).text
    assert re.search(rf"That is done already: {organization} \([^)]+\) {did}[^<]*, [A-Z][a-z]+ \d+", page), page[page.find("alert") : page.find("alert") + 600]


def test_who_is_too_late_for_something_else_reads_what_happened_instead(world, at_company):
    thread = f"/negotiations/{thread_at(world, Stage.LOST).id}"
    assert send(at_company, f"{thread}/accept", thread).status_code == 403, "whose step it is not, is told so"
    assert send(at_company, f"{thread}/agree", thread, round="1").status_code == 303
    assert "Last: Hengyuan" in at_company.get(thread).text
    assert at_company.get(f"{thread}/hand-over").location == thread
    assert at_company.get(f"{thread}/decline").location == thread


def test_open_points_are_named_before_the_facts_go(world, at_company):
    found = thread_at(world, Stage.TERMS_AGREED, terms=replace(TERMS, royalty_bp=350, exclusivity="non_exclusive"))
    do(points.raise_point, found.id, "Who pays the trial?", by=world.seller)
    thread = f"/negotiations/{found.id}"
    for page in (at_company.get(thread).text, at_company.get(f"{thread}/hand-over").text):
        assert "3.5 %" in page and "These facts, and nothing else" in page
    refused = send(at_company, f"{thread}/hand-over", thread)
    assert refused.status_code == 409
    assert "<strong>Points are still open</strong>" in refused.text and '#f-accept_open_points">Point 1 is not settled: Who pays the trial?' in refused.text
    assert 'name="accept_open_points"' in refused.text
    assert send(at_company, f"{thread}/hand-over", accept_open_points="on").location == thread
    assert queries.handover_of(found.id).facts["exclusivity"] == "non_exclusive"


def test_agreed_terms_are_opened_again_by_a_tick(world, at_company):
    thread = f"/negotiations/{thread_at(world, Stage.TERMS_AGREED).id}"
    assert "Open the terms again" in at_company.get(thread).text
    typed = {"amount": "6.5 million", "unit": "one", "currency": "CNY", "kind": "licence", "after": "1"}
    refused = send(at_company, f"{thread}/rounds/new", **typed)
    assert refused.status_code == 409 and "You both agreed to round 1." in refused.text and "6.5 million" in refused.text
    assert send(at_company, f"{thread}/rounds/new", reopen="on", **typed).status_code == 303
    assert "opened the agreed terms again with round 2" in at_company.get(thread).text


def test_a_counter_that_changes_nothing_is_no_round(world, at_company):
    thread = f"/negotiations/{thread_at(world, Stage.TERMS_PROPOSED, terms=replace(TERMS, note='With training.')).id}"
    same = {"amount": "6800000.00", "unit": "one", "currency": "CNY", "kind": "licence", "after": "1"}
    refused = send(at_company, f"{thread}/rounds/new", **same)
    assert refused.status_code == 409 and "These are the terms of round 1, unchanged" in refused.text
    assert send(at_company, f"{thread}/rounds/new", **same | {"note": "Without training."}).status_code == 303


def test_many_rounds_are_folded(world, at_company):
    thread = thread_at(world, Stage.TERMS_PROPOSED)
    for n in range(2, 11):
        do(rounds.offer, thread.id, TERMS, by=world.buyer if n % 2 == 0 else world.seller)
    page = at_company.get(f"/negotiations/{thread.id}").text
    assert "6 earlier rounds" in page
    assert "Round 10, you" in page


def test_a_question_is_escaped(world, at_agency):
    thread, _ = do(interest.ask, achievement_id=world.achievement.id, **ASKED | {"question": "<script>alert(1)</script>"}, by=world.buyer)
    page = at_agency.get(f"/negotiations/{thread.id}").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_reading_a_page_changes_nothing(world, at_agency):
    thread = asked(world)
    at_agency.get(f"/negotiations/{thread.id}")
    db.session.refresh(thread)
    assert (thread.read_at, thread.version) == (None, 1)


def test_the_day_counts_questions_and_moves(world):
    asked(world)
    assert queries.waiting_counts(by=world.seller) == (1, 1)
    assert queries.waiting_counts(by=world.buyer) == (0, 0)
    do(interest.withdraw, thread_at(world, Stage.INTEREST).id, by=world.buyer)
    thread_at(world, Stage.TERMS_PROPOSED)
    assert queries.waiting_counts(by=world.buyer) == (0, 1)
    assert queries.waiting_counts(by=world.staff) == (0, 0)


def test_staff_see_stages_by_fair(world, app):
    thread = handed(world)
    client = app.test_client()
    sign_in(client, world.clerk)
    page = client.get("/staff/negotiations").text
    assert thread.reference in page
    assert "the contract desk" in page
    assert thread.reference not in client.get("/staff/negotiations?stage=lost").text
    assert client.get("/staff/negotiations?stage=nonsense").status_code in {400, 422}


def test_members_have_no_staff_page(world, at_company):
    assert at_company.get("/staff/negotiations").status_code == 403
