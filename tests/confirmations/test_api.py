"""The same over JSON: versions, keys, problems."""

import pytest

from marketplace.confirmations import publishing, queries
from marketplace.confirmations.models import Side
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.ledger.models import Status
from tests.confirmations.factories_confirmations import ask, correcting, make_deal, reply, said
from tests.factories import api, make_staff, make_token

V1 = "/api/v1"


@pytest.fixture
def deal(app):
    return make_deal(app)


def test_asking_and_answering(deal, client):
    contract = deal.contract(Status.SIGNED)
    path = f"{V1}/contracts/{contract.id}/confirmations"
    clerk, anna = make_token(deal.desk.clerk), make_token(deal.anna, deal.a)
    asked = client.post(path, json={}, headers=api(clerk))
    assert (asked.status_code, {row["side"] for row in asked.json["rows"]}) == (201, {"provider", "recipient"})
    assert "secret" not in asked.text
    mine = client.get(path, headers=api(anna)).json
    assert ([side["side"] for side in mine["sides"]], mine["confirmed_by"]) == (["provider"], None)
    answer = client.post(f"{path}/{mine['sides'][0]['request_id']}/answer", json=said(contract.content_hash), headers=api(anna))
    assert (answer.status_code, answer.json["corrections"]) == (201, {})
    both = client.get(path, headers=api(clerk)).json
    assert ({side["side"]: side["stands"] for side in both["sides"]}, both["confirmed_by"]) == ({"provider": "confirmed", "recipient": "asked"}, "one")
    again = client.post(f"{path}/{mine['sides'][0]['request_id']}/answer", json=said(contract.content_hash), headers=api(anna))
    assert again.status_code == 410
    assert OUTBOX_SEEN == []  # nothing leaves before its transaction has committed and a worker took it


def test_a_correction_of_a_confirmed_fact_is_refused_in_json(deal, client):
    contract = deal.contract(Status.SIGNED)
    ask(deal, contract)
    request = queries.state(contract.id, contract.content_hash).sides[Side.PROVIDER].open
    answer = client.post(
        f"{V1}/contracts/{contract.id}/confirmations/{request.id}/answer", json=said(contract.content_hash, title_to="x"),
        headers=api(make_token(deal.anna, deal.a)),
    )  # fmt: skip
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/title_to")


def test_the_queue_and_the_problem_that_keeps_a_contract_from_being_verified(deal, client):
    contract = deal.contract(Status.SIGNED)
    reply(ask(deal, contract)[Side.RECIPIENT], correcting(contract.content_hash, "total", "900000.00"))
    verifier = make_token(deal.desk.verifier)
    refused = client.post(f"{V1}/contracts/{contract.id}/verify", json={"content_hash": contract.content_hash}, headers=api(verifier))
    assert (refused.status_code, refused.json["type"]) == (409, "/problems/mismatch-open")
    rows = client.get(f"{V1}/mismatches", headers=api(verifier)).json["rows"]
    assert [(row["reference"], row["answer"]["corrections"], row["facts"]["total"]) for row in rows] == [(contract.reference, {"total": 90000000}, 100000000)]
    done = client.post(f"{V1}/mismatches/{rows[0]['id']}/settle", json={"note": "agreed by phone"}, headers=api(verifier))
    assert (done.status_code, done.json["settled_how"]) == (200, "note")
    verified = client.post(f"{V1}/contracts/{contract.id}/verify", json={"content_hash": contract.content_hash}, headers=api(verifier))
    assert verified.json["status"] == "verified"


def test_the_rule_of_a_fair_names_the_version_it_changes(deal, client):
    path, manager = f"{V1}/fairs/{deal.desk.fair.slug}/confirmation-rule", make_token(make_staff(deal.desk.fair, "manager"))
    first = client.get(path, headers=api(manager))
    assert (first.json, first.headers["ETag"]) == ({"both_confirm": False, "version": 1}, '"1"')
    assert client.put(path, json={"both_confirm": True}, headers=api(manager)).status_code == 428
    changed = client.put(path, json={"both_confirm": True}, headers=api(manager, **{"If-Match": '"1"'}))
    assert (changed.status_code, changed.json["both_confirm"]) == (200, True)
    assert client.put(path, json={"both_confirm": False}, headers=api(manager, **{"If-Match": '"1"'})).status_code == 412
    off = client.put(path, json={"both_confirm": False}, headers=api(manager, **{"If-Match": changed.headers["ETag"]}))
    assert (off.status_code, off.json["both_confirm"]) == (200, False)


def test_an_amendment_names_versions_and_content(deal, client):
    contract = deal.contract(Status.VERIFIED)
    clerk, verifier = make_token(deal.desk.clerk), make_token(deal.desk.verifier)
    whole, path = f"{V1}/contracts/{contract.id}", f"{V1}/contracts/{contract.id}/amendments"
    facts = deal.facts(total_amount="800000.00", title_en=contract.title_en, signed_on=contract.signed_on.isoformat())
    body = {"reason": "The annex lowers the price.", "facts": facts}
    etag = client.get(whole, headers=api(clerk)).headers["ETag"]
    assert client.post(path, json=body, headers=api(clerk)).status_code == 428
    assert client.post(path, json=body, headers=api(clerk, **{"If-Match": '"99"'})).status_code == 412
    made = client.post(path, json=body, headers=api(clerk, **{"If-Match": etag}))
    assert (made.status_code, made.json["outcome"], made.json["facts"]["total_amount"]) == (201, "open", "800000.00")
    second = client.post(path, json=body, headers=api(clerk, **{"If-Match": etag}))
    assert (second.status_code, second.json["type"]) == (409, "/problems/amendment-open")
    one = f"{path}/{made.json['id']}"
    stale = client.post(f"{one}/approve", json={"content_hash": "0" * 64}, headers=api(verifier, **{"If-Match": made.headers["ETag"]}))
    assert stale.status_code == 412
    seen = {"content_hash": made.json["content_hash"]}
    assert client.post(f"{one}/approve", json=seen, headers=api(verifier)).status_code == 428
    done = client.post(f"{one}/approve", json=seen, headers=api(verifier, **{"If-Match": made.headers["ETag"]}))
    assert (done.status_code, done.json["outcome"]) == (200, "approved")
    now = client.get(whole, headers=api(clerk))
    assert (now.json["total_amount"], now.json["content_hash"], now.json["status"]) == ("800000.00", seen["content_hash"], "verified")
    assert now.headers["ETag"] != etag
    assert [row["outcome"] for row in client.get(path, headers=api(clerk)).json["rows"]] == ["approved"]
    code = publishing.of(contract.id).code
    assert len(client.get(f"{V1}/verify/{code}").json["amended_on"]) == 1


def test_an_open_mismatch_about_the_proposed_content_blocks_the_approval(deal, client):
    contract = deal.contract(Status.VERIFIED)
    clerk, verifier, bo = make_token(deal.desk.clerk), make_token(deal.desk.verifier), make_token(deal.bo, deal.b)
    path = f"{V1}/contracts/{contract.id}/amendments"
    facts = deal.facts(total_amount="800000.00", title_en=contract.title_en, signed_on=contract.signed_on.isoformat())
    etag = client.get(f"{V1}/contracts/{contract.id}", headers=api(clerk)).headers["ETag"]
    made = client.post(path, json={"reason": "The annex.", "facts": facts}, headers=api(clerk, **{"If-Match": etag}))
    asked = queries.state(contract.id, made.json["content_hash"]).sides[Side.RECIPIENT].open
    said_so = correcting(made.json["content_hash"], "total", "850000.00")
    answered = client.post(f"{V1}/contracts/{contract.id}/confirmations/{asked.id}/answer", json=said_so, headers=api(bo))
    assert answered.status_code == 201
    refused = client.post(
        f"{path}/{made.json['id']}/approve", json={"content_hash": made.json["content_hash"]}, headers=api(verifier, **{"If-Match": made.headers["ETag"]}),
    )  # fmt: skip
    assert (refused.status_code, refused.json["type"]) == (409, "/problems/mismatch-open")
    down = client.post(f"{path}/{made.json['id']}/turn-down", json={"note": "B disagrees"}, headers=api(verifier, **{"If-Match": made.headers["ETag"]}))
    assert (down.status_code, down.json["outcome"]) == (200, "turned_down")
    assert client.get(f"{V1}/mismatches", headers=api(verifier)).json["rows"] == []
    assert client.get(f"{V1}/contracts/{contract.id}", headers=api(clerk)).json["total_amount"] == "1000000.00"
