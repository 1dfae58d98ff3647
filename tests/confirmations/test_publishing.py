"""The public code: no look-alikes, typos caught, and under it nothing but what both sides allowed."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from marketplace.confirmations import publishing, queries, rules, settling, tasks
from marketplace.confirmations.models import Code, Side
from marketplace.contracts import amending, service
from marketplace.core.clock import today
from marketplace.core.db import db, transaction
from marketplace.ledger.models import Status
from tests.confirmations.factories_confirmations import ask, both_confirm, changed, correcting, make_deal, reply, said
from tests.contracts.factories_contracts import verify
from tests.factories import actor, make_member, make_staff, sign_in

SIGNS = st.sampled_from(rules.ALPHABET)
CODES = st.text(SIGNS, min_size=12, max_size=12).map(lambda text: text + rules.check_sign(text))
CANARIES = ("CANARY-TITLE", "CANARY-标题", "Anode Institute", "Bohai Works", "7654321", "7,654,321", "4321098", "CANARY-NUMBER", "CANARY-SIGNATORY")


@pytest.fixture
def deal(app):
    return make_deal(app)


@given(CODES, st.integers(0, 12), SIGNS)
def test_every_single_wrong_sign_is_noticed(code, place, sign):
    wrong = code[:place] + sign + code[place + 1 :]
    assert rules.is_code(code)
    assert rules.is_code(wrong) is (wrong == code)


@given(CODES, st.integers(0, 12), st.integers(0, 12))
def test_every_two_swapped_signs_are_noticed(code, one, other):
    signs = list(code)
    signs[one], signs[other] = signs[other], signs[one]
    assert rules.is_code("".join(signs)) is ("".join(signs) == code)


def test_no_sign_looks_like_another():
    assert len(set(rules.ALPHABET)) == 23
    for alike in ("0O", "1IL", "2Z", "5S", "8B", "UV"):
        assert not set(alike) & set(rules.ALPHABET)


def test_codes_are_random_and_valid():
    made = {rules.new_code() for _ in range(500)}
    assert len(made) == 500
    assert all(rules.is_code(code) for code in made)


@given(CODES)
def test_a_code_is_read_however_it_is_typed(code):
    for typed in (code.lower(), rules.grouped(code), f" {code[:4]} {code[4:]} ", code.translate(str.maketrans("ACDE", "ＡＣＤＥ")), rules.grouped(code).replace("-", "–")):
        assert rules.typed_code(typed) == code


def secret_deal(deal, status=Status.VERIFIED, **more):
    parties = deal.facts()["parties"]
    parties[0]["signatory"] = "CANARY-SIGNATORY"
    return deal.contract(status, **{
        "title_en": "CANARY-TITLE", "title_zh": "CANARY-标题", "total_amount": "7654321.00", "technology_amount": "4321098.00",
        "number": "CANARY-NUMBER", "open": False, "parties": parties,
    } | more)  # fmt: skip


def code_of(contract):
    return publishing.of(contract.id).code


def bytes_of(client, code):
    """Everything that a stranger gets under a code: page in two languages, JSON, and their headers."""
    answers = [client.get(f"/verify/{code}"), client.get(f"/verify/{code}", headers={"Accept-Language": "zh"}), client.get(f"/api/v1/verify/{code}")]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    return "\n".join(answer.text + str(answer.headers) for answer in answers)


def test_a_contract_gets_its_code_when_it_is_verified_and_keeps_it(deal):
    contract = deal.contract(Status.SIGNED)
    assert publishing.of(contract.id) is None
    verify(deal.desk, contract)
    code = publishing.of(contract.id)
    assert rules.is_code(code.code)
    assert code.verified_on == today("Asia/Shanghai")
    assert publishing.give(contract).id == code.id


def test_a_confidential_contract_without_consent_reveals_nothing_else(deal, client):
    contract = secret_deal(deal)
    seen = bytes_of(client, code_of(contract))
    assert contract.reference in seen
    assert deal.desk.fair.name_en in seen
    assert [canary for canary in CANARIES if canary in seen] == []
    answer = client.get(f"/api/v1/verify/{code_of(contract)}").json
    assert {name: answer[name] for name in ("title_en", "title_zh", "names", "amount_shown", "total_amount", "currency")} == {
        "title_en": None, "title_zh": None, "names": None, "amount_shown": False, "total_amount": None, "currency": None,
    }  # fmt: skip


@pytest.mark.parametrize("one_sided", [False, True])
@pytest.mark.parametrize(
    ("what", "shows"),
    [("show_title", ("CANARY-TITLE", "CANARY-标题")), ("show_names", ("Anode Institute", "Bohai Works")), ("show_amount", ("7654321.00",))],
)
def test_what_both_allow_is_shown_and_what_one_alone_allows_is_not(deal, client, what, shows, one_sided):
    contract = secret_deal(deal, Status.SIGNED)
    secrets = ask(deal, contract)
    reply(secrets[Side.PROVIDER], said(contract.content_hash, **{what: True}))
    reply(secrets[Side.RECIPIENT], said(contract.content_hash, **{what: not one_sided}))
    verify(deal.desk, contract)
    seen = bytes_of(client, code_of(contract))
    of_the_amount = ("7654321", "7,654,321") if what == "show_amount" else ()
    others = [canary for canary in CANARIES if canary not in (*shows, *of_the_amount)]
    assert [canary for canary in others if canary in seen] == []
    assert [text for text in shows if text in seen] == ([] if one_sided else list(shows))


def test_a_fact_that_a_side_calls_wrong_is_not_shown_even_when_it_was_settled(deal, client):
    contract = secret_deal(deal, Status.SIGNED)
    secrets = ask(deal, contract)
    allow = {"show_title": True, "show_names": True, "show_amount": True}
    reply(secrets[Side.PROVIDER], said(contract.content_hash, **allow))
    reply(secrets[Side.RECIPIENT], correcting(contract.content_hash, "total", "1.00", **allow))
    with transaction():
        settling.settle(queries.state(contract.id, contract.content_hash).open_mismatches[0].id, "a slip of the pen", by=actor(deal.desk.clerk))
    verify(deal.desk, contract)
    seen = bytes_of(client, code_of(contract))
    assert "CANARY-TITLE" in seen
    assert "7654321" not in seen


def test_the_page_says_when_it_was_amended_and_shows_the_new_content_only_as_allowed_for_it(deal, client):
    contract = deal.contract(Status.SIGNED, title_en="First title")
    both_confirm(deal, contract, show_title=True)
    verify(deal.desk, contract)
    code = code_of(contract)
    assert "First title" in bytes_of(client, code)
    with transaction():
        amendment = amending.propose(
            contract.id, changed(deal, contract, signed_on=contract.signed_on.isoformat()) | {"title_en": "CANARY-TITLE"}, reason="renamed",
            by=actor(deal.desk.clerk),
        )  # fmt: skip
    assert "First title" in bytes_of(client, code)
    with transaction():
        amending.approve(contract.id, amendment.id, seen_hash=amendment.content_hash, by=actor(deal.desk.verifier))
    seen = bytes_of(client, code)
    assert "First title" not in seen
    assert "CANARY-TITLE" not in seen
    assert client.get(f"/api/v1/verify/{code}").json["amended_on"] == [today("Asia/Shanghai").isoformat()]


def test_the_page_of_a_void_contract_says_so(deal, client):
    contract = deal.contract(Status.VERIFIED)
    with transaction():
        service.void(contract.id, "CANARY-REASON", by=actor(make_staff(deal.desk.fair, "manager")))
    answer = client.get(f"/api/v1/verify/{code_of(contract)}").json
    assert (answer["status"], answer["void_on"]) == ("void", today("Asia/Shanghai").isoformat())
    page = client.get(f"/verify/{code_of(contract)}").text
    assert "This contract is void" in page
    assert "CANARY-REASON" not in page


def test_strangers_answers_are_cacheable_and_have_an_etag(deal, client):
    code = code_of(deal.contract(Status.VERIFIED))
    for path in (f"/verify/{code}", f"/api/v1/verify/{code}", "/verify"):
        first = client.get(path)
        assert first.headers["Cache-Control"].startswith("public")
        again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
    sign_in(client, deal.anna)
    assert client.get(f"/verify/{code}").headers["Cache-Control"] == "no-store"


def test_a_mistyped_and_an_unknown_code_are_told_apart_and_helped(client, deal):
    known = code_of(deal.contract(Status.VERIFIED))
    mistyped = ("3" if known[0] != "3" else "4") + known[1:]
    for path in (f"/verify/{mistyped}", f"/api/v1/verify/{mistyped}"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "a sign is wrong" in answer.text
    unknown = client.get(f"/verify/{rules.new_code()}")
    assert unknown.status_code == 404
    assert "No contract has this verification code" in unknown.text
    assert client.get("/verify", query_string={"code": mistyped}).status_code == 422
    found = client.get("/verify", query_string={"code": rules.grouped(known).lower()})
    assert (found.status_code, found.headers["Location"]) == (303, f"/verify/{known}")


def test_parties_and_desk_print_a_certificate_and_others_do_not(deal, client):
    contract = deal.contract(Status.VERIFIED)
    path = f"/contracts/{contract.id}/certificate"
    for person in (deal.anna, deal.desk.clerk):
        sign_in(client, person)
        page = client.get(path).text
        assert rules.grouped(code_of(contract)) in page
        assert re.search(r'<svg [^>]*viewBox="0 0 \d+ \d+"[^>]*>.*<path', page)
        assert f"/verify/{code_of(contract)}" in page
    sign_in(client, make_member())
    assert client.get(path).status_code == 404
    sign_in(client, deal.desk.clerk)
    assert client.get(f"/contracts/{deal.contract(Status.SIGNED).id}/certificate").status_code == 404


def test_contracts_from_before_codes_get_theirs(deal, monkeypatch):
    with monkeypatch.context() as before:
        before.setattr(publishing, "give", lambda _contract: None)
        contract = deal.contract(Status.VERIFIED)
    assert publishing.of(contract.id) is None
    tasks.codes()
    code = db.session.scalars(select(Code).where(Code.contract_id == contract.id)).one()
    assert (rules.is_code(code.code), code.verified_on) == (True, today("Asia/Shanghai"))
    tasks.codes()
    assert len(db.session.scalars(select(Code)).all()) == 1
