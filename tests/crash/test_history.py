"""What a started server has counted, and how: looked at with SQL of our own, and again after kill -9."""

import hashlib
import sqlite3
import uuid
from contextlib import closing
from datetime import date, timedelta
from urllib import request

import psycopg
import pytest

from tests.crash import found
from tests.crash.conftest import RATE
from tests.crash.story import BOUNDARY, facts, upload

pytestmark = [pytest.mark.server, pytest.mark.crash]
NOT_ZERO = "SELECT voucher_id, currency, SUM(total_minor), SUM(count) FROM postings GROUP BY voucher_id, currency HAVING SUM(total_minor) <> 0 OR SUM(count) <> 0"
TWICE = "SELECT reverses_id FROM vouchers WHERE reverses_id IS NOT NULL GROUP BY reverses_id HAVING COUNT(*) > 1"
REVERSED_REVERSALS = "SELECT a.id FROM vouchers a JOIN vouchers b ON a.reverses_id = b.id WHERE b.reverses_id IS NOT NULL"
NAMELESS = "SELECT id FROM vouchers WHERE reverses_id IS NOT NULL AND corrects_id IS NULL"
BOOKS = "SELECT v.seq, v.hash, v.move, v.reason, p.status, p.currency, p.total_minor, p.count FROM vouchers v JOIN postings p ON p.voucher_id = v.id ORDER BY v.seq, p.id"
REFUSED = "SELECT COUNT(*) FROM audit_rows WHERE action = 'refused'"


def terms(**changes):
    """The facts of a new contract, without its fair."""
    return {name: value for name, value in facts("crash", 100).items() if name != "fair"} | changes


def declared(stage, **changes) -> str:
    """The path of a new contract with a page on file."""
    status, made = stage.asked("clerk", "POST", "/contracts", {"fair": "crash", **terms(**changes)})
    assert status == 201, made
    path = f"/contracts/{made['id']}"
    stage.story.attach(f"/api/v1{path}")
    return path


def seen(stage, path):
    return {"content_hash": stage.asked("clerk", "GET", path)[1]["content_hash"]}


def verified(stage, **changes) -> str:
    path = declared(stage, **changes)
    for role, step in (("clerk", "sign"), ("verifier", "verify")):
        status, told = stage.asked(role, "POST", f"{path}/{step}", seen(stage, path))
        assert status == 200, told
    return path


def amended(stage, path, **changes) -> None:
    version = stage.asked("clerk", "GET", path)[1]["version"]
    body = {"reason": "The annex changes the price.", "facts": terms(**changes)}
    status, proposal = stage.asked("clerk", "POST", f"{path}/amendments", body, **{"If-Match": f'"{version}"'})
    assert status == 201, proposal
    agreed, told = stage.asked(
        "second", "POST", f"{path}/amendments/{proposal['id']}/approve", {"content_hash": proposal["content_hash"]},
        **{"If-Match": f'"{proposal["version"]}"'},
    )  # fmt: skip
    assert agreed == 200, told


def void(stage, path) -> None:
    status, told = stage.asked("manager", "POST", f"{path}/void", {"reason": "called off"})
    assert status == 200, told


def test_corrections_reverse_once_name_what_they_correct_and_every_voucher_is_zero_in_each_currency(stage):
    path = verified(stage, currency="EUR", total_amount="100000.00")
    written = found.rows(stage.database, BOOKS)
    amended(stage, path, currency="EUR", total_amount="90000.00")
    void(stage, path)
    assert {tuple(found.rows(stage.database, query)) for query in (NOT_ZERO, TWICE, REVERSED_REVERSALS, NAMELESS)} == {()}
    now = found.rows(stage.database, BOOKS)
    assert now[: len(written)] == written, "what was booked has the same bytes for ever"
    assert len(now) > len(written)
    assert stage.asked("manager", "POST", f"{path}/void", {"reason": "called off"})[0] == 409


@pytest.mark.parametrize("change", ["UPDATE postings SET total_minor = total_minor + 1", "DELETE FROM postings", "UPDATE vouchers SET seq = seq + 100",
                                    "DELETE FROM vouchers", "DELETE FROM audit_rows", "UPDATE audit_rows SET action = 'x'"])  # fmt: skip
def test_nobody_with_the_database_changes_what_was_booked(stage, change):
    verified(stage)
    before = found.rows(stage.database, BOOKS)
    if stage.database.startswith("sqlite:///"):
        with closing(sqlite3.connect(stage.database.removeprefix("sqlite:///"), timeout=30)) as connection, pytest.raises(sqlite3.DatabaseError):
            connection.execute(change)
    else:
        with psycopg.connect(stage.database) as connection, pytest.raises(psycopg.DatabaseError):
            connection.execute(change)
    assert found.rows(stage.database, BOOKS) == before


def test_an_earlier_total_is_told_alike_after_a_restart_and_a_back_dated_contract(stage):
    """Recorded time and contract date are two things: what was told yesterday does not move."""
    told = [stage.total()]
    for amount in ("5.00", "6.00"):
        verified(stage, total_amount=amount)
        told.append(stage.total())
    verified(stage, total_amount="7.00", signed_on=(date.today() - timedelta(days=300)).isoformat())
    last = stage.total()
    assert last["headline"]["total_minor"] - told[-1]["headline"]["total_minor"] == 700
    stage.again()
    assert stage.total()["headline"] == last["headline"]
    for one in told:
        again = stage.total(more=f"?as_of_seq={one['as_of_seq']}")
        assert (again["headline"], again["breakdowns"]) == (one["headline"], one["breakdowns"])


def test_a_foreign_amount_is_converted_once_by_a_stated_rate_and_never_added(stage):
    before = stage.total()["headline"]
    path = verified(stage, currency="EUR", total_amount="100.01")
    after = stage.total()["headline"]
    assert after["total_minor"] - before["total_minor"] == 78_008, "100.01 × 7.80 = 780.078, rounded once"
    euros = [{row["currency"]: row["total_minor"] for row in each["by_currency"]}.get("EUR", 0) for each in (before, after)]
    assert euros[1] - euros[0] == 10_001
    [voucher] = found.rows(stage.database, f"SELECT rate_to, rate_source FROM vouchers WHERE move = 'verify' AND contract_id = '{key_of(stage, path)}'")
    assert (float(voucher[0]), voucher[1]) == (float(RATE), "ECB")


def key_of(stage, path: str) -> str:
    """The id as this database writes it."""
    key = uuid.UUID(path.rpartition("/")[2])
    return key.hex if stage.database.startswith("sqlite") else str(key)


def test_what_is_not_verified_adds_nothing_and_stands_on_a_line_of_its_own(stage):
    def lines():
        return {(row["class"], row["status"]): row["count"] for row in stage.total()["beside"]}

    before, headline = lines(), stage.total()["headline"]
    declared(stage)
    declared(stage, **{"class": "intent", "total_amount": None})
    path = declared(stage)
    assert stage.asked("clerk", "POST", f"{path}/sign", seen(stage, path))[0] == 200
    assert stage.total()["headline"] == headline
    after = lines()
    more = {key: after[key] - before.get(key, 0) for key in after if after[key] != before.get(key, 0)}
    assert more == {("contract", "declared"): 1, ("intent", "declared"): 1, ("contract", "signed"): 1}


def test_the_same_deal_told_again_is_refused_and_counts_once(stage):
    body = {"fair": "crash", **terms(number=f"N-{uuid.uuid4().hex[:8]}", total_amount="5000.00")}
    before = stage.total()["headline"]["count"]
    first = stage.asked("clerk", "POST", "/contracts", body)
    again = stage.asked("both", "POST", "/contracts", body | {"title_en": "The same, by somebody else"})
    assert (first[0], again[0]) == (201, 409), again
    path = f"/contracts/{first[1]['id']}"
    stage.story.attach(f"/api/v1{path}")
    for role, step in (("clerk", "sign"), ("verifier", "verify")):
        assert stage.asked(role, "POST", f"{path}/{step}", seen(stage, path))[0] == 200
    assert stage.total()["headline"]["count"] == before + 1


@pytest.mark.parametrize(("amount", "status"), [("0", 422), ("-1.00", 422), ("0.01", 201), ("10000000000000.00", 201), ("10000000000000.01", 422), ("1.001", 422)])
def test_amounts_within_their_bounds_are_exact_and_others_are_refused(stage, amount, status):
    got, told = stage.asked("clerk", "POST", "/contracts", {"fair": "crash", **terms(total_amount=amount)})
    assert got == status, told
    if status == 201:
        assert told["total_amount"] == amount


def test_one_person_never_is_both_pairs_of_eyes(stage):
    status, made = stage.asked("both", "POST", "/contracts", {"fair": "crash", **terms()})
    path = f"/contracts/{made['id']}"
    stage.story.attach(f"/api/v1{path}")
    assert (status, stage.asked("clerk", "POST", f"{path}/sign", seen(stage, path))[0]) == (201, 200)
    refused = stage.asked("both", "POST", f"{path}/verify", seen(stage, path))
    assert (refused[0], refused[1]["type"]) == (403, "/problems/four-eyes")
    assert stage.asked("verifier", "POST", f"{path}/verify", seen(stage, path))[0] == 200


def test_a_signed_document_has_the_same_bytes_after_a_restart_and_none_is_added(stage):
    path = verified(stage)
    shown = stage.asked("clerk", "GET", path)[1]["evidence"][0]

    def fetched() -> str:
        asked = request.Request(f"{stage.group.url}/api/v1{path}/evidence/{shown['id']}", headers={"Authorization": f"Bearer {stage.setting['clerk']}"})
        with request.urlopen(asked, timeout=30) as answer:
            return hashlib.sha256(answer.read()).hexdigest()

    assert fetched() == shown["sha256"]
    client = stage.story.client("clerk")
    more = client.call("POST", f"/api/v1{path}/evidence", raw=upload(), content_type=f"multipart/form-data; boundary={BOUNDARY}", key=str(uuid.uuid4()))
    assert more[0] == 409, more
    stage.again()
    assert fetched() == shown["sha256"]


def test_confidential_deals_are_seen_by_the_public_three_at_a_time(stage):
    before, staff = stage.total(None), stage.total()["headline"]["count"]
    for n in range(2):
        verified(stage, open=False, total_amount=f"{n + 1}00.00")
        assert stage.total(None) == before, "not a byte moves"
    verified(stage, open=False, total_amount="300.00")
    after = stage.total(None)
    assert after["headline"]["count"] == before["headline"]["count"] + 3
    assert after["headline"]["total_minor"] == before["headline"]["total_minor"] + 60_000
    assert after["as_of_seq"] == before["as_of_seq"] + 1
    assert stage.total()["headline"]["count"] == staff + 3


def test_every_change_has_one_audit_row_and_a_refused_attempt_has_one_without_its_text(stage):
    path = verified(stage)
    void(stage, path)
    rows = found.rows(stage.database, f"SELECT action FROM audit_rows WHERE subject = 'contract:{path.rpartition('/')[2]}' ORDER BY seq")
    assert [action for (action,) in rows] == ["contracts.declare", "contracts.attach", "contracts.sign", "contracts.verify", "contracts.void"]
    [(before,)] = found.rows(stage.database, REFUSED)
    assert stage.asked("verifier", "POST", f"{path}/sign", {"content_hash": "c" * 64})[0] == 403
    [(after,)] = found.rows(stage.database, REFUSED)
    [(facts_,)] = found.rows(stage.database, "SELECT facts FROM audit_rows WHERE action = 'refused' ORDER BY seq DESC LIMIT 1")
    assert after == before + 1
    assert "c" * 64 not in str(facts_)
