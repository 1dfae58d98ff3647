"""The sample fairs in the database: loaded once, as a whole, through the contract desk, adding up to the published figures."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from config import Config
from marketplace import create_app
from marketplace.accounts import service as accounts
from marketplace.accounts.models import Person
from marketplace.contracts.checking import differences
from marketplace.contracts.models import Act, Contract, Evidence, Hand
from marketplace.core.audit import AuditHead
from marketplace.core.db import db, transaction
from marketplace.core.money import to_text
from marketplace.demo import cli, loading, people
from marketplace.demo.desk import place_of, settled
from marketplace.demo.evidence import sample_page
from marketplace.demo.plan import generate
from marketplace.fairs import queries as fairs
from marketplace.ledger import queries as ledger
from marketplace.ledger.models import ContractClass, Status, View
from marketplace.ledger.scopes import PLACES
from marketplace.negotiations.models import Negotiation, Stage
from marketplace.taxonomy.vocabularies import DEAL_KINDS
from tests.demo.conftest import PART, holds_together, load
from tests.factories import make_fair, sign_in

ROOT = Path(__file__).parents[2]


def rows_of_every_table() -> dict[str, int]:
    tables = db.metadata.sorted_tables
    return {table.name: db.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def test_the_expo_holds_the_42_contracts_and_every_posting_follows_from_them(sample):
    fair = fairs.by_slug("zgc-2020")
    scope = ledger.scope(fair.id, None)
    assert scope.code == "expo" and [each.code for each in ledger.scopes(fair.id)] == ["expo", "all"]
    for view in View:
        total = ledger.total(fair, scope, view=view)
        assert (total.headline.amounts.count, to_text(total.headline.amounts.base_total_minor, "CNY")) == (42, "17848000000.00")
        beside = {key: row for key, row in total.rows.items() if key != (ContractClass.CONTRACT, Status.VERIFIED)}
        assert not beside, "the Expo's scope takes in nothing but the 42"
    assert [list(differences(each)) for each in fairs.everyone()] == [[], []]
    assert ledger.waiting_for_batch(fair.id) == 0


def test_each_contract_went_through_the_hands_of_two_people_with_a_page_on_file(sample, plan):
    fair = fairs.by_slug("zgc-2020")
    contracts = list(db.session.scalars(select(Contract).where(Contract.fair_id == fair.id)))
    planned = Counter((each.contract_class, each.status) for each in plan.fair_2020.contracts)
    assert Counter((each.contract_class.value, each.status.value) for each in contracts) == planned
    for contract in contracts:
        hands = {hand.act: hand.person_id for hand in db.session.scalars(select(Hand).where(Hand.contract_id == contract.id))}
        pages = list(db.session.scalars(select(Evidence).where(Evidence.contract_id == contract.id)))
        assert len(pages) == (contract.status in {Status.SIGNED, Status.VERIFIED})
        assert all((sample.folder / page.sha256[:2] / page.sha256).read_bytes().startswith(b"%PDF-") for page in pages)
        if contract.status is Status.VERIFIED:
            assert hands[Act.VERIFIED] not in {hands[Act.LOGGED], hands[Act.SIGNED]}
        if contract.contract_class is not ContractClass.CONTRACT:
            assert contract.total_minor is None


def test_a_part_brings_along_what_its_contracts_refer_to(sample, plan):
    holds_together(plan, sample.counts, PART)


def goes_on_when_its_days_are_over_unless_it_was_closed():
    day = loading.day_of_loading()
    with transaction():
        assert loading.keep_open() is None
    fair = fairs.by_slug("today")
    fair.opens_on, fair.closes_on = day - timedelta(days=9), day - timedelta(days=1)
    db.session.commit()
    with transaction():
        assert loading.keep_open() is not None
    fair = fairs.by_slug("today")
    assert fair.closes_on == day + timedelta(days=2) and fair.opens_on == day - timedelta(days=9)
    fair.closes_on, fair.closed_at = day - timedelta(days=1), fair.created_at
    db.session.commit()
    with transaction():
        assert loading.keep_open() is None


def test_the_open_fair_is_current_has_talks_and_goes_on(sample):
    closed, opened = fairs.by_slug("zgc-2020"), fairs.by_slug("today")
    assert closed.closed_at and not closed.current and opened.current and opened.closed_at is None
    assert opened.opens_on < loading.day_of_loading() < opened.closes_on
    assert closed.sample and opened.sample
    assert [row.stage for row in db.session.scalars(select(Negotiation).order_by(Negotiation.sent_at))] == [
        Stage.COUNTERED, Stage.COUNTERED, Stage.READY_TO_SIGN, Stage.INTEREST, Stage.PAUSED,
    ]  # fmt: skip
    assert [segment.code for segment in fairs.segments(closed)] == [code for code, _, _ in loading.SEGMENTS]
    goes_on_when_its_days_are_over_unless_it_was_closed()


def test_the_command_loads_once_says_so_the_second_time_and_stores_files_where_the_desk_finds_them(sample):
    runner, client, first, before = sample.app.test_cli_runner(), sample.client(), sample.said, rows_of_every_table()
    again = json.loads(runner.invoke(args=["demo", "load", "--json"], catch_exceptions=False).stdout)
    assert first["loaded"] and first["counts"]["contracts"] == 104
    assert not again["loaded"] and again["counts"] is None and again["sign_ins"] == first["sign_ins"]
    assert rows_of_every_table() == before and before["listings"] > 0 and before["listing_changes"] == 0
    told = runner.invoke(args=["demo", "load"], catch_exceptions=False).stdout
    assert "loaded already" in told and "demo-clerk-2020" in told
    file = db.session.scalars(select(Evidence).limit(1)).one()
    sign_in(client, db.session.scalars(select(Person).where(Person.email == "verifier@demo.example")).one())
    with client.get(f"/contracts/{file.contract_id}/evidence/{file.id}") as answer:
        assert answer.status_code == 200 and b"Sample evidence" in answer.data


def test_the_people_sign_in_with_the_printed_passwords_and_have_their_roles(sample):
    for _who, email, password in people.hints():
        session_row, _secret = accounts.sign_in(email, password)
        assert accounts.get(session_row.person_id).email == email
    both = {fair.id for fair in fairs.everyone()}
    for code in people.STAFF:
        actor = people.actor(code)
        assert actor and dict(actor.staff) == dict.fromkeys(both, frozenset({code}))
    agency, company, admin = (people.actor(code) for code in ("agency", "company", "admin"))
    assert agency and agency.acting and agency.acting.kind == "agency" and agency.acting.role == "owner" and agency.acting.approved
    assert company and company.acting and company.acting.kind == "company" and not company.staff
    assert admin and admin.admin and not admin.staff


def test_no_sign_in_is_shown_before_the_sample_is_loaded(client):
    assert "demo.example" not in client.get("/sign-in").text


def test_every_page_says_sample_data_and_the_sign_in_page_who_can_sign_in(sample):
    client = sample.client()
    text = client.get("/sign-in").text
    assert all(each.email in text and each.password in text for each in people.SIGN_INS.values())
    for path in ("/", "/sign-in", "/fairs/zgc-2020", "/fairs/zgc-2020/board", "/fairs/zgc-2020/record", "/fairs/today", "/organizations"):
        assert "Sample data" in client.get(path).text, path


def test_the_record_states_the_published_figures_and_our_own_beside_them(sample):
    client = sample.client()
    text = client.get("/fairs/zgc-2020/record").text
    for figure in ("17.848 billion yuan", "more than 7,000", "16.3 billion", "128 million", "never added"):
        assert figure in text
    assert text.count("equals the published figure") == 6 and "differs from" not in text
    assert "178.48亿元" in client.get("/fairs/zgc-2020/record", headers={"Accept-Language": "zh"}).text
    assert "/fairs/zgc-2020/record" in client.get("/fairs/zgc-2020").text
    assert "/fairs/today/record" not in client.get("/fairs/today").text
    answer = client.get("/api/v1/fairs/zgc-2020/record").json
    ours = {row["label_en"]: row["ours"] for row in answer["rows"] if row["ours"]}
    assert ours["Projects signed"] == {
        "scope": "expo", "scope_number": 1, "measure": "count", "unit": "count", "value": "42", "currency": None, "matches": True,
    }  # fmt: skip
    assert ours["Their total"] == {
        "scope": "expo", "scope_number": 1, "measure": "total", "unit": "amount", "value": "17848000000.00", "currency": "CNY", "matches": True,
    }  # fmt: skip
    assert all(each["matches"] for each in ours.values())


def test_production_refuses_the_sample(app, monkeypatch):
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], production=True))
    result = app.test_cli_runner().invoke(args=["demo", "load"])
    assert result.exit_code == 1 and "not for production" in result.output
    assert fairs.everyone() == [] and people.hints() == []


def test_a_fair_of_somebody_else_under_one_of_the_addresses_is_left_alone(app):
    make_fair(slug="today")
    result = app.test_cli_runner().invoke(args=["demo", "load"])
    assert result.exit_code == 1 and "is no sample" in result.output
    assert [fair.slug for fair in fairs.everyone()] == ["today"]


def test_a_load_that_was_killed_leaves_nothing_and_can_be_repeated(tmp_path):
    """kill -9 once the contracts are being logged: the database is as empty as before, and the chain of audit rows at its start."""
    url = f"sqlite:///{tmp_path}/killed.db"
    app = create_app(
        Config(testing=True, secret_key="x" * 40, database_url=url, index_dir=tmp_path / "index", upload_dir=tmp_path / "uploads", password_cost="low")
    )
    with app.app_context():
        db.create_all()
    environ = {**os.environ, "DATABASE_URL": url, "INSTANCE_DIR": str(tmp_path), "SECRET_KEY": "x" * 40, "PASSWORD_COST": "low"}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "demo", "load", "--small"]
    with subprocess.Popen(command, cwd=ROOT, env=environ, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        assert process.stderr is not None
        seen = next((line for line in process.stderr if "zgc-2020: contracts" in line), "")
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert seen and process.returncode == -signal.SIGKILL
    with app.app_context():
        assert {name: count for name, count in rows_of_every_table().items() if count} == {"audit_head": 1}
        assert db.session.scalars(select(AuditHead)).one().seq == 0
        assert not loading.is_loaded()
        db.session.remove()
        load(generate(cli.SEED, loading.day_of_loading()), tmp_path / "uploads", PART)
        assert loading.is_loaded() and [next(differences(fair), None) for fair in fairs.everyone()] == [None, None]
        db.session.remove()
        db.engine.dispose()


def test_the_last_confidential_deals_become_open_so_that_none_waits_for_ever(plan):
    planned = list(plan.fair_2020.contracts)
    everything = {"kinds": list(DEAL_KINDS.codes), "classes": ["contract"], "places": list(PLACES), "from": None, "to": None}
    rules = [(uuid4(), everything), (uuid4(), everything | {"places": ["at_fair"]})]
    closes_on = plan.fair_2020.closes_on
    found = settled(planned, rules, closes_on=closes_on)
    changed = [after.number for before, after in zip(planned, found, strict=True) if before != after]
    assert all(replace(each, open=False) in planned or each in planned for each in found)
    assert len(changed) <= 4
    alone = [replace(planned[0], open=False)]
    assert settled(alone, rules, closes_on=closes_on)[0].open
    three = [replace(each, open=False) for each in planned[:3]]
    parties = [{party.organization for party in each.parties} for each in three]
    assert not parties[0] & parties[1] and not parties[1] & parties[2] and not parties[0] & parties[2]
    assert not any(each.open for each in settled(three, rules[:1], closes_on=closes_on))


@pytest.mark.parametrize(
    ("place", "signed_on", "expected"),
    [
        ("expo", date(2020, 9, 17), "at_fair"),
        ("forum", date(2020, 9, 15), "before"),
        ("roadshow", date(2020, 9, 20), "before"),
        ("online", date(2020, 9, 21), "after"),
    ],
)
def test_only_what_was_signed_at_the_expo_is_at_the_fair(plan, place, signed_on, expected):
    contract = replace(plan.fair_2020.contracts[0], place=place, signed_on=signed_on)
    assert place_of(contract, date(2020, 9, 20)) == expected


def test_the_sample_page_is_a_pdf_whose_table_points_at_its_objects():
    page = sample_page("ZGC-2020-E001")
    assert page == sample_page("ZGC-2020-E001") != sample_page("ZGC-2020-E002")
    assert page.startswith(b"%PDF-1.4\n") and page.endswith(b"%%EOF\n") and b"(Sample evidence)" in page
    start = int(page.split(b"startxref\n")[1].split(b"\n")[0])
    assert page[start:].startswith(b"xref\n0 6\n")
    entries = page[start:].split(b"\n")[3:8]
    for number, entry in enumerate(entries, start=1):
        assert page[int(entry[:10]) :].startswith(b"%d 0 obj\n" % number)


def test_nobody_signs_in_before_the_sample_is_loaded(app):
    result = app.test_cli_runner().invoke(args=["demo", "sign-ins"])
    assert result.exit_code == 1 and "not loaded" in result.output
    assert db.session.scalar(select(func.count()).select_from(Person)) == 0
