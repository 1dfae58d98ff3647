"""The board: the public view alone, the same bytes for everybody, a 304 that costs next to nothing, and no word of an embargoed deal."""

import json
import re

import pytest

from marketplace.ceremonies import service as ceremonies
from marketplace.core.db import transaction
from marketplace.ledger.models import Status
from tests.ceremonies.factories_ceremonies import make_ceremony, make_manager, press, put_on
from tests.contracts.factories_contracts import load_rates, make_contract, make_desk
from tests.counting import counted
from tests.factories import actor, make_token, sign_in

CANARY = "CANARY-UNDER-EMBARGO"


@pytest.fixture
def desk(app):
    return make_desk(app, current=True)


@pytest.fixture
def source(desk):
    return f"/fairs/{desk.fair.slug}/board.json"


@pytest.fixture
def asked():
    """The statements that the database was sent."""
    with counted() as seen:
        yield seen


def settle(desk, amount, **changes):
    return make_contract(desk, total_amount=amount, technology_amount=None, **changes)


def test_the_board_says_the_public_total_and_what_it_is_made_of(client, desk, source):
    settle(desk, "17000000000.00", title_en="Heat pumps", field="new_energy")
    settle(desk, "848000000.00", title_en="Glass furnace", field="new_materials", parties=[
        {"role": "provider", "name": "Institute", "country": "FR"}, {"role": "recipient", "name": "Works", "country": "CN"},
        {"role": "broker", "name": "Agency", "country": "CN"}])  # fmt: skip
    make_contract(desk, Status.SIGNED)
    board = client.get(source).json
    assert (board["number"], board["unit"], board["total"]) == ("17.848", "billion yuan", "17848000000.00")
    assert (board["beside"], board["count"], board["countries"], board["signed"], board["declared"]) == ("178.48 亿元", 2, 2, 1, 0)
    assert [(cell["label"], cell["amount"], cell["width"]) for cell in board["by_country"]] == [
        ("Germany", "¥17 bn", 100.0), ("France", "¥848 m", 5.0)]  # fmt: skip
    assert [(deal["title"], deal["parties"], deal["amount"]) for deal in board["last"]][0] == ("Glass furnace", "Institute · Works", "¥848 m")
    zh = client.get(f"{source}?language=zh").json
    assert (zh["number"], zh["unit"], zh["total_minor"]) == ("178.48", "亿元", board["total_minor"])
    page = client.get(f"/fairs/{desk.fair.slug}/board").text
    for said in ("17.848", "178.48", "Glass furnace", "Institute · Works"):
        assert said in page


def test_more_fields_than_fit_are_added_up(client, desk, source):
    for n, kind in enumerate(("new_energy", "new_materials", "electronic_information", "biology_medicine", "advanced_manufacturing", "aerospace", "agriculture"), 1):
        settle(desk, f"{n}.00", field=kind)
    cells = client.get(source).json["by_field"]
    assert [cell["count"] for cell in cells] == [1, 1, 1, 1, 3]
    assert (cells[-1]["label"], cells[-1]["amount"]) == ("All others", "¥6")


def test_everybody_gets_the_same_bytes_in_a_language(client, desk, source):
    settle(desk, "5.00")
    settle(desk, "6.00", open=False)
    first = client.get(source)
    assert first.headers["Cache-Control"] == "public, s-maxage=2, stale-while-revalidate=30"
    assert "Set-Cookie" not in first.headers
    answers = {client.get(source, headers={"Accept-Language": code}).data for code in ("en", "zh", "de")}
    sign_in(client, desk.clerk)
    answers.add(client.get(source).data)
    answers.add(client.get(source, headers={"Cookie": "language=zh"}).data)
    assert answers == {first.data}
    assert client.get(f"{source}?language=zh").data != first.data
    assert client.get(f"{source}?language=xx").data == first.data
    assert "Cookie" not in first.headers.get("Vary", "")


def test_a_304_makes_two_small_queries_and_sends_no_body(client, desk, source, asked):
    sizes = []
    for size in (1, 6):
        for _ in range(size):
            settle(desk, "5.00")
        tag = client.get(source).headers["ETag"]
        asked.clear()
        answer = client.get(source, headers={"If-None-Match": tag})
        assert (answer.status_code, answer.data) == (304, b"")
        assert len([sql for sql in asked if sql.startswith("SELECT")]) <= 2, asked
        assert not [sql for sql in asked if "vouchers" in sql or "balances" in sql or "contracts" in sql]
        sizes.append(sum(len(name) + len(value) + 4 for name, value in answer.headers.items()))
    assert max(sizes) < 700, sizes
    assert answer.headers["ETag"] == tag
    assert answer.headers["Cache-Control"] == "public, s-maxage=2, stale-while-revalidate=30"


def test_a_new_board_makes_a_constant_number_of_queries_and_stays_small(client, desk, source, asked):
    counts = []
    for _ in range(2):
        for _ in range(4):
            settle(desk, "5.00")
        asked.clear()
        answer = client.get(source)
        counts.append(len([sql for sql in asked if sql.startswith("SELECT")]))
    assert counts[0] == counts[1] <= 9
    assert len(answer.data) < 4000


@pytest.mark.parametrize("address", ["board.json", "board.json?language=zh"])
def test_what_the_public_does_not_see_moves_neither_tag_nor_bytes(client, desk, address):
    settle(desk, "5.00")
    path = f"/fairs/{desk.fair.slug}/{address}"
    before = client.get(path)
    settle(desk, "7654321.00", open=False)
    after = client.get(path)
    assert (after.data, after.headers["ETag"]) == (before.data, before.headers["ETag"])
    settle(desk, "6.00")
    assert client.get(path, headers={"If-None-Match": before.headers["ETag"]}).status_code == 200


def test_the_api_says_the_same_and_knows_304(client, desk, source):
    settle(desk, "5.00")
    address = f"/api/v1/fairs/{desk.fair.slug}/board"
    answer = client.get(f"{address}?language=zh")
    assert answer.json == client.get(f"{source}?language=zh").json
    assert client.get(f"{address}?language=zh", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert client.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 200
    assert client.get(f"{address}?language=xx").status_code == 400
    assert client.get("/api/v1/fairs/no-such-fair/board").status_code == client.get("/fairs/no-such-fair/board.json").status_code == 404


def test_staff_see_the_public_view_on_the_board_too(client, desk, source):
    settle(desk, "7654321.00", open=False)
    sign_in(client, desk.clerk)
    assert client.get(source).json["total_minor"] == 0
    assert not re.search("7[,.]?654[,.]?321", client.get("/board").text)


def test_deals_stand_in_the_order_in_which_they_entered_the_total(client, desk, source):
    by, ceremony = actor(desk.clerk), make_ceremony(desk)
    early = settle(desk, "1.00", title_en="First verified")
    settle(desk, "2.00", title_en="Second verified")
    settle(desk, "3.00", title_en=CANARY, open=False)
    item = put_on(desk, ceremony, early)
    assert [deal["title"] for deal in client.get(source).json["last"]] == ["Second verified"]
    press(ceremony, item, "call", by)
    press(ceremony, item, "sign", by)
    assert [deal["title"] for deal in client.get(source).json["last"]] == ["First verified", "Second verified"]
    press(ceremony, item, "undo", by)
    assert [deal["title"] for deal in client.get(source).json["last"]] == ["Second verified"]
    press(ceremony, item, "sign", by)
    assert [deal["title"] for deal in client.get(source).json["last"]] == ["First verified", "Second verified"]


def test_five_of_the_last_deals_are_named(client, desk, source):
    for n in range(7):
        settle(desk, f"{n + 1}.00", title_en=f"Deal {n}")
    assert [deal["title"] for deal in client.get(source).json["last"]] == [f"Deal {n}" for n in (6, 5, 4, 3, 2)]


def test_a_deal_that_the_headline_scope_leaves_out_is_not_among_the_last(client, desk, source):
    from marketplace.ledger import scopes

    settle(desk, "1.00", title_en="A licence", kind="licence")
    settle(desk, "2.00", title_en="A service", kind="service")
    with transaction():
        scopes.define(desk.fair, "licences", name_en="Licences", name_zh="许可", kinds=["licence"], places=["at_fair"], first=None, last=None, headline=True, by=None)  # fmt: skip
    board = client.get(source).json
    assert (board["count"], [deal["title"] for deal in board["last"]]) == (1, ["A licence"])


@pytest.mark.parametrize("state", ["ready", "called", "postponed"])
def test_nothing_public_tells_of_a_deal_under_embargo(client, desk, source, state):
    by, ceremony = actor(desk.clerk), make_ceremony(desk)
    settle(desk, "5.00", title_en="Known already")
    slug = desk.fair.slug
    public = [
        source, f"{source}?language=zh", f"/fairs/{slug}/board", "/board", f"/fairs/{slug}", "/total", "/", f"/api/v1/fairs/{slug}/board",
        f"/api/v1/fairs/{slug}/total", f"/fairs/{slug}/record", "/achievements?q=CANARY", "/rules", "/roadshow",
    ]  # fmt: skip
    before = {path: client.get(path) for path in public}
    contract = make_contract(desk, Status.SIGNED, title_en=CANARY, title_zh=CANARY, total_amount="8765432.10", technology_amount=None, parties=[
        {"role": "provider", "name": f"{CANARY} Institute", "country": "FR"}, {"role": "recipient", "name": f"{CANARY} Works", "country": "CN"}])  # fmt: skip
    item = put_on(desk, ceremony, contract)
    with transaction():
        from marketplace.contracts import service as contracts

        contracts.verify(contract.id, contract.content_hash, by=desk.by(desk.verifier))
    for what in {"ready": [], "called": ["call"], "postponed": ["postpone"]}[state]:
        press(ceremony, item, what, by)
    for path in public:
        answer = client.get(path)
        assert answer.status_code == before[path].status_code
        for told in (CANARY, "8765432", "8,765,432"):
            assert told not in answer.text + str(answer.headers), path
    press(ceremony, item, {"ready": "call", "called": "sign", "postponed": "restore"}[state], by)
    board = client.get(source).text
    assert (CANARY in board) == (state == "called"), "the press is what tells"


def test_an_embargoed_deal_that_was_not_public_moves_no_tag(client, desk, source):
    settle(desk, "5.00")
    ceremony = make_ceremony(desk)
    confidential = settle(desk, "6.00", open=False)
    tag = client.get(source).headers["ETag"]
    item = put_on(desk, ceremony, confidential)
    for what in ("call", "sign"):
        press(ceremony, item, what, actor(desk.clerk))
    assert client.get(source).headers["ETag"] == tag


def test_the_target_shows_its_progress_until_it_is_taken_off(client, desk, source):
    manager = actor(make_manager(desk))
    settle(desk, "150.00")
    first = client.get(source)
    assert first.json["target"] is None
    assert 'class="target" data-part="target" hidden' in client.get("/board").text
    for minor, percent, width in ((20000, "75.0 %", 75.0), (10000, "150.0 %", 100.0), (45001, "33.3 %", 33.3)):
        with transaction():
            ceremonies.set_target(desk.fair, minor, by=manager)
        found = client.get(source).json["target"]
        assert (found["minor"], found["percent"], found["width"]) == (minor, percent, width)
    assert client.get(source, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
    assert "33.3 %" in client.get("/board").text
    with transaction():
        ceremonies.set_target(desk.fair, None, by=manager)
    assert client.get(source).json["target"] is None


def test_an_empty_board_says_so(client, desk, source):
    board = client.get(source).json
    assert (board["count"], board["total_minor"], board["last"], board["by_field"], board["as_of"]) == (0, 0, [], [], None)
    assert "No contract counts yet." in client.get("/board").text


def test_foreign_amounts_stand_in_their_own_currency(client, desk, source):
    from datetime import date

    load_rates(f"date,EUR_USD,EUR_CNY\n{date.today().isoformat()},1.25,10\n")
    settle(desk, "100.00", currency="USD", title_en="Abroad")
    board = client.get(source).json
    assert board["total"] == "800.00"
    assert board["last"][0]["amount"] == "US$100"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_works_without_a_script_and_with_none_of_its_own_in_it(client, desk, language):
    page = client.get("/board", headers={"Accept-Language": language})
    assert '<noscript><a href="/fairs/' in page.text and "http-equiv" not in page.text  # who looks decides when it loads again
    assert f"board.json?language={language}" in page.text
    assert "s-maxage" in page.headers["Cache-Control"]
    assert json.dumps(desk.fair.name_zh, ensure_ascii=False).strip('"') in page.text


def test_the_target_over_the_api(client, desk):
    secret = make_token(make_manager(desk))
    address, bearer = f"/api/v1/fairs/{desk.fair.slug}/board/target", {"Authorization": f"Bearer {secret}"}
    assert client.get(address, headers=bearer).json == {"amount": None, "amount_minor": None, "currency": "CNY", "version": 0}
    assert client.put(address, json={"amount": "5.00"}, headers=bearer).status_code == 428
    assert client.put(address, json={"amount": "5.00"}, headers=bearer | {"If-Match": '"0"'}).json["amount_minor"] == 500
    assert client.put(address, json={"amount": "5.000"}, headers=bearer | {"If-Match": '"1"'}).status_code == 422
    assert client.put(address, json={"amount": "6.00"}, headers=bearer | {"If-Match": '"0"'}).status_code == 412
