"""Contracts over JSON: the way to the total, and each refusal."""

import io

import pytest

from tests.contracts.factories_contracts import PDF, facts, load_rates, make_contract, make_desk
from tests.factories import api, make_member, make_organization, make_token


@pytest.fixture
def desk(app):
    desk = make_desk(app)
    desk.clerk_token, desk.verifier_token = make_token(desk.clerk), make_token(desk.verifier)
    return desk


def post(client, desk, **changes):
    return client.post("/api/v1/contracts", json=facts(fair=desk.fair.slug, **changes), headers=api(desk.clerk_token))


def test_from_declared_to_the_total(client, desk):
    made = post(client, desk, total_amount="6800000.00")
    assert made.status_code == 201, made.text
    url, shown = f"/api/v1/contracts/{made.json['id']}", made.json
    assert (shown["status"], shown["total_amount"], shown["total_words_en"]) == ("declared", "6800000.00", "Six million eight hundred thousand yuan")
    sent = client.post(f"{url}/evidence", data={"file": (io.BytesIO(PDF), "page.pdf")}, headers=api(desk.clerk_token))
    assert sent.status_code == 201, sent.text
    seen = client.get(url, headers=api(desk.clerk_token)).json["content_hash"]
    signed = client.post(f"{url}/sign", json={"content_hash": seen}, headers=api(desk.clerk_token))
    assert signed.json["status"] == "signed", signed.text
    verified = client.post(f"{url}/verify", json={"content_hash": seen}, headers=api(desk.verifier_token))
    assert verified.json["status"] == "verified", verified.text
    total = client.get(f"/api/v1/fairs/{desk.fair.slug}/total")
    assert (total.json["view"], total.json["headline"]["total"], total.json["headline"]["count"]) == ("public", "6800000.00", 1)
    file = client.get(f"{url}/evidence/{sent.json['id']}", headers=api(desk.verifier_token))
    assert file.data == PDF
    assert "attachment" in file.headers["Content-Disposition"]
    file.close()


def test_one_key_one_contract(client, desk):
    body, headers = facts(fair=desk.fair.slug), api(desk.clerk_token, key="declare-once")
    first = client.post("/api/v1/contracts", json=body, headers=headers)
    again = client.post("/api/v1/contracts", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.data == again.data
    assert again.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"total_amount": 10.10}, "/total_amount", "text"),
        ({"total_amount": "0"}, "/total_amount", "amount_bounds"),
        ({"total_amount": "-1.00"}, "/total_amount", "amount_format"),
        ({"total_amount": "1,000.00"}, "/total_amount", "amount_format"),
        ({"total_amount": "€10"}, "/total_amount", "amount_format"),
        ({"total_amount": "10.001"}, "/total_amount", "currency_exponent"),
        ({"total_amount": "10000000000001.00"}, "/total_amount", "amount_bounds"),
        ({"technology_amount": "2000000.00"}, "/technology_amount", "technology_of_total"),
        ({"currency": "eur"}, "/currency", "code_unknown"),
        ({"currency": "XTS"}, "/currency", "code_unknown"),
        ({"currency": None}, "/currency", "null"),
        ({"class": "deal"}, "/class", "code_unknown"),
        ({"signed_on": "2999-01-01"}, "/signed_on", "day_range"),
        ({"signed_on": "2026-02-30"}, "/signed_on", "day"),
        ({"title_en": None}, "/title_en", "required"),
        ({"title_en": "a\x00b"}, "/title_en", "text_control"),
        ({"parties": []}, "/parties", "parties"),
        ({"status": "verified"}, "/status", "unknown"),
        ({"parties": [{"role": "provider", "name": "A", "country": "ZZ"}, {"role": "recipient", "name": "B", "country": "CN"}]},
         "/parties/0/country", "code_unknown"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named(client, desk, changes, pointer, code):
    answer = post(client, desk, **changes)
    assert answer.status_code == 422, answer.text
    assert (pointer, code) in [(e["pointer"], e["code"]) for e in answer.json["errors"]]
    assert client.get("/api/v1/contracts", headers=api(desk.clerk_token)).json["rows"] == []


def test_an_organization_that_is_not_there_is_named(client, desk):
    parties = [
        {"role": "provider", "name": "A", "country": "DE", "organization_id": "018f0000-0000-7000-8000-000000000000"},
        {"role": "recipient", "name": "B", "country": "CN"},
    ]
    assert post(client, desk, parties=parties).json["errors"][0]["pointer"] == "/parties/0/organization_id"


def test_a_foreign_contract_answers_like_an_unknown_one(client, desk):
    contract = make_contract(desk)
    works = make_organization()
    outsider = make_token(make_member(works), works)
    foreign = client.get(f"/api/v1/contracts/{contract.id}", headers=api(outsider))
    unknown = client.get("/api/v1/contracts/018f0000-0000-7000-8000-000000000000", headers=api(outsider))
    strip = {"instance"}
    assert foreign.status_code == unknown.status_code == 404
    assert {k: v for k, v in foreign.json.items() if k not in strip} == {k: v for k, v in unknown.json.items() if k not in strip}


def test_an_update_needs_the_version_it_saw(client, desk):
    made = post(client, desk).json
    url = f"/api/v1/contracts/{made['id']}"
    body = facts(total_amount="7.00", technology_amount=None)
    headers = {"Authorization": f"Bearer {desk.clerk_token}"}
    assert client.put(url, json=body, headers=headers).status_code == 428
    assert client.put(url, json=body, headers=headers | {"If-Match": 'W/"1"'}).status_code == 412
    assert client.put(url, json=body, headers=headers | {"If-Match": "garbage"}).status_code == 400
    etag = client.get(url, headers=headers).headers["ETag"]
    assert client.put(url, json=body, headers=headers | {"If-Match": etag}).status_code == 200
    assert client.put(url, json=body, headers=headers | {"If-Match": etag}).status_code == 412


def test_the_total_as_of(client, desk):
    make_contract(desk, total_amount="5.00", technology_amount=None)
    url = f"/api/v1/fairs/{desk.fair.slug}/total"
    now = client.get(url).json
    assert client.get(f"{url}?as_of_seq={now['as_of_seq']}").json["headline"] == now["headline"]
    assert client.get(f"{url}?as_of_seq=0").json["headline"]["total"] == "0.00"
    assert client.get(f"{url}?as_of=2001-01-01T00:00:00Z").json["headline"]["count"] == 0
    for query, status in (("as_of_seq=-1", 400), ("as_of_seq=99", 422), ("as_of=2999-01-01T00:00:00Z", 400), ("as_of=2100-01-01T00:00:00Z", 422),
                          ("as_of=2020-01-01T00:00:00Z&as_of_seq=1", 400), ("as_of=2020-01-01T00:00:00", 400), ("view=staff", 403), ("x=1", 400)):  # fmt: skip
        assert client.get(f"{url}?{query}").status_code == status, query
    assert client.get(f"{url}?scope=nothing").status_code == 404


def test_the_ledger_is_for_the_staff_of_that_fair(client, desk):
    make_contract(desk)
    url = f"/api/v1/fairs/{desk.fair.slug}/ledger"
    found = client.get(f"{url}?after_seq=1", headers=api(desk.clerk_token)).json
    assert [row["seq"] for row in found["rows"]] == [2, 3]
    other = make_desk(client.application)
    assert client.get(url, headers=api(make_token(other.clerk))).status_code == 404
    assert client.get(url).status_code == 401


def test_a_missing_rate_is_a_conflict_that_says_what_to_load(client, desk):
    made = post(client, desk, currency="USD").json
    url = f"/api/v1/contracts/{made['id']}"
    client.post(f"{url}/evidence", data={"file": (io.BytesIO(PDF), "page.pdf")}, headers=api(desk.clerk_token))
    seen = client.get(url, headers=api(desk.clerk_token)).json["content_hash"]
    refused = client.post(f"{url}/sign", json={"content_hash": seen}, headers=api(desk.clerk_token))
    assert (refused.status_code, refused.json["type"]) == (409, "/problems/rate-missing")
    load_rates(f"date,EUR_USD,EUR_CNY\n{made['signed_on']},1.1797,7.9861\n")
    assert client.post(f"{url}/sign", json={"content_hash": seen}, headers=api(desk.clerk_token)).status_code == 200
