"""The work behind the page: by the API, one worker at a time, begun again after a kill, and nothing by halves."""

import io
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from marketplace.core import jobs
from marketplace.core.audit import AuditRow
from marketplace.core.clock import now
from marketplace.core.db import db, transaction
from marketplace.imports import exporting, holding, tasks, working
from marketplace.imports.models import ImportJob, State
from marketplace.listings import drafting, indexing
from marketplace.listings.models import Kind, Listing
from marketplace.organizations.models import Membership
from tests.factories import api, make_token, sign_in
from tests.imports.handing_in import BAD, GOOD, csv_of, hand_in, newest, press, xlsx_of
from tests.listings.factories_listings import make_market

V1 = "/api/v1/imports"


@pytest.fixture
def market(client):
    market = make_market(slug="today", current=True)
    sign_in(client, market.owner)
    return market


def listings() -> int:
    return db.session.scalar(select(func.count()).select_from(Listing))


def stale(job: ImportJob) -> None:
    with transaction():
        db.session.execute(update(ImportJob).where(ImportJob.id == job.id).values(beat_at=now() - working.STALE * 2, created_at=now() - timedelta(minutes=5)))


def test_the_whole_way_through_the_api(client, market):
    token = make_token(market.owner, market.agency)
    data = {"kind": "achievement", "mapping": '{"Name": "title_en", "Remark": null}', "file": (io.BytesIO(csv_of([GOOD | {"Name": "A pump", "Remark": "x", "title": ""}, BAD])), "r.csv")}
    answer = client.post(V1, data=data, headers=api(token), content_type="multipart/form-data")
    assert (answer.status_code, answer.get_json()["state"]) == (202, "uploaded"), answer.text
    address = f"{V1}/{answer.get_json()['id']}"
    jobs.sweep()
    found = client.get(address, headers=api(token)).get_json()
    assert (found["state"], found["counts"]["good"], found["counts"]["rejected"]) == ("checked", 1, 1)
    faults = client.get(f"{address}/findings?limit=1", headers=api(token)).get_json()
    assert (faults["rows"][0]["row"], faults["next"] is not None) == (3, True)
    assert client.get(f"{address}/errors", headers=api(token)).text.count("\n") == 2
    refused = client.post(f"{address}/commit", json={}, headers=api(token))
    assert (refused.status_code, refused.get_json()["errors"][0]["pointer"]) == (422, "/only_good")
    assert client.post(f"{address}/commit", json={"only_good": True}, headers=api(token)).status_code == 202
    jobs.sweep()
    counts = client.get(address, headers=api(token)).get_json()["counts"]
    assert (counts["accepted"], counts["rejected"], counts["skipped"], counts["rows"]) == (1, 1, 0, 2)
    assert client.post(f"{address}/cancel", headers=api(token)).status_code == 409


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"otherwise": "x"}, 422), ({"choices": {"7": "eat"}}, 422), ({"choices": {"a": "keep"}}, 422), ({"choices": [1]}, 422), ({"only_good": "on"}, 422), ({"x": 1}, 422),
        ({"choices": {str(n): "keep" for n in range(5_001)}}, 422),
    ],
)  # fmt: skip
def test_a_wrong_commit_is_refused(client, market, sent, status):
    hand_in(client, csv_of([GOOD]))
    token = make_token(market.owner, market.agency)
    assert client.post(f"{V1}/{newest().id}/commit", json=sent, headers=api(token)).status_code == status
    assert newest().state is State.CHECKED


def test_two_workers_do_not_take_one_file(client, market):
    hand_in(client, csv_of([GOOD]), done=False)
    job = newest()
    first = working.claim(job.id)
    assert first is not None and working.claim(job.id) is None
    stale(job)
    second = working.claim(job.id)
    assert second is not None
    working.run(job.id, first)  # it was slow, not dead: what it does counts no more
    assert newest().state is State.UPLOADED
    working.run(job.id, second)
    assert newest().state is State.CHECKED


def test_a_worker_killed_while_storing_leaves_nothing_and_the_next_begins_again(client, market, monkeypatch):
    hand_in(client, csv_of([GOOD, GOOD | {"external_id": "2", "title": "Second pump for steam"}]))
    job = newest()
    whole = drafting.create_many

    def killed(*args, **kwargs):
        whole(*args, **kwargs)
        raise KeyboardInterrupt

    monkeypatch.setattr(drafting, "create_many", killed)
    with pytest.raises(KeyboardInterrupt):
        press(client, job, "commit")
    assert (listings(), newest().state) == (0, State.RUNNING)
    monkeypatch.undo()
    tasks.resume()
    assert newest().state is State.RUNNING
    stale(job)
    holding.left(job.id, "rows").unlink()  # and the next one is another machine
    tasks.resume()
    assert (listings(), newest().state, newest().counts["accepted"]) == (2, State.DONE, 2)


def test_what_cannot_be_stored_fails_wholly_and_says_why(client, market):
    hand_in(client, csv_of([GOOD, GOOD | {"external_id": "2", "title": "Second pump for steam"}]))
    with transaction():
        drafting.create(Kind.ACHIEVEMENT, {"title_en": "In between", "description_en": "x", "external_id": "2"}, by=market.by)
    press(client, newest(), "commit")
    assert (newest().state, listings()) == (State.FAILED, 1)
    press(client, newest(), "check")
    press(client, newest(), "commit")
    assert (newest().state, listings(), newest().counts["updated"]) == (State.DONE, 2, 1)


def test_who_may_no_longer_import_stores_nothing(client, market):
    hand_in(client, csv_of([GOOD]))
    press_only = newest()
    with transaction():
        db.session.execute(update(ImportJob).values(state=State.RUNNING))
        db.session.execute(update(Membership).where(Membership.person_id == market.owner.id).values(ended_at=now()))
    tasks.work(job_id=str(press_only.id))
    assert (newest().state, listings()) == (State.FAILED, 0)


def test_each_step_leaves_one_audit_row(client, market):
    hand_in(client, csv_of([GOOD]))
    press(client, newest(), "commit")
    subject = f"import:{newest().id}"
    assert list(db.session.scalars(select(AuditRow.action).where(AuditRow.subject == subject).order_by(AuditRow.seq))) == ["imports.upload", "imports.commit", "imports.store"]


def test_files_that_nobody_needs_are_cleared_away(client, market, monkeypatch):
    hand_in(client, csv_of([GOOD]))
    tasks.clear()
    assert holding.where(newest().sha256).exists()
    monkeypatch.setattr(tasks, "KEPT", timedelta(days=-1))
    tasks.clear()
    assert not holding.where(newest().sha256).exists()


@pytest.mark.parametrize("form", ["csv", "xlsx", "jsonl"])
def test_an_export_of_the_list_comes_back_unchanged(client, market, form):
    rows = [
        GOOD | {"title": "=1+1 is _x0041_ no formula", "title_zh": "热泵，用于蒸汽", "description": "a\n\nb 'quoted' \"twice\"", "amount_min": "10.50", "currency": "CNY", "country": "DE",
                "target_countries": "DE FR", "valid_until": "2030-01-31", "ip_status": "unknown", "parameters": "steam >= 180 °C", "levels": "price=after_interest"},
        GOOD | {"external_id": "2", "title": "Anonymous pump for steam", "anonymous": "true"},
    ]  # fmt: skip
    hand_in(client, csv_of(rows))
    press(client, newest(), "commit")
    answer = client.get(f"/listings/export.{form}")
    assert (answer.headers["X-Export-Count"], answer.headers["Content-Disposition"].endswith(f"-2.{form}")) == ("2", True)
    hand_in(client, answer.data, name=f"back.{form}")
    job = newest()
    assert (job.state, job.counts["unchanged"], job.counts["rows"], job.counts["unknown_columns"]) == (State.CHECKED, 2, 2, []), job.failure
    before = list(exporting.rows(Kind.ACHIEVEMENT, organization_id=market.agency.id, drafts=True))
    elsewhere = make_market(slug="other")
    sign_in(client, elsewhere.owner)
    hand_in(client, answer.data, name=f"back.{form}")
    press(client, newest(), "commit")
    after = list(exporting.rows(Kind.ACHIEVEMENT, organization_id=elsewhere.agency.id, drafts=True))
    own = {"reference", "organization"}
    assert [{k: v for k, v in row.items() if k not in own} for row in after] == [{k: v for k, v in row.items() if k not in own} for row in before]


def test_only_what_the_list_shows_is_exported(client, market):
    hand_in(client, csv_of([GOOD]))
    press(client, newest(), "commit")
    indexing.drain()
    for query, count in (("", "1"), ("?kind=need", "0"), ("?state=sent_back", "0")):
        assert client.get(f"/listings/export.csv{query}").headers["X-Export-Count"] == count
    assert client.get("/listings/export.doc").status_code == 404


def test_a_workbook_of_numbers_is_read_as_it_looks(client, market):
    hand_in(client, xlsx_of([{"external_id": 7, "title": "Pump for process steam", "description": "x", "amount_min": 0.1 + 0.2, "currency": "EUR", "trl": 7}]), name="numbers.xlsx")
    press(client, newest(), "commit")
    row = next(exporting.rows(Kind.ACHIEVEMENT, organization_id=market.agency.id, drafts=True))
    assert (row["external_id"], row["amount_min"], row["trl"]) == ("7", "0.30", 7)
