"""The open fair shows each thing that the contract desk can do, told through the services; every book agrees afterwards."""

import json
import re
from collections import Counter
from datetime import timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from flask import url_for
from sqlalchemy import func, select

from marketplace.accounts import service as accounts
from marketplace.ceremonies import queries as ceremonies
from marketplace.ceremonies.models import Ceremony, CeremonyState, ItemState, RunItem
from marketplace.confirmations import publishing
from marketplace.confirmations import queries as confirmations
from marketplace.confirmations.models import Mismatch, Side
from marketplace.contracts import amending, linking, reporting
from marketplace.contracts.models import Contract, DealReport, Evidence, Hand, OtherAmount, ReportStatus
from marketplace.core import day
from marketplace.core.db import db, end_reading, transaction
from marketplace.core.jobs import OutboxRow
from marketplace.core.money import to_text
from marketplace.demo import loading, people
from marketplace.demo.cases import CEREMONY, TARGET_MINOR, Case
from marketplace.fairs import queries as fairs
from marketplace.figures import closing, days
from marketplace.figures import queries as figures
from marketplace.figures.models import Figure
from marketplace.followups.models import FollowUp
from marketplace.ledger import queries as ledger
from marketplace.ledger.models import ContractClass, Mark, Status, View
from tests.factories import sign_in


@pytest.fixture
def fair(sample):
    return fairs.by_slug(loading.OPEN)


def contract(number) -> Contract:
    return db.session.scalars(select(Contract).where(Contract.number == number)).one()


def actor(code):
    found = people.actor(code)
    assert found is not None
    return found


def read(sample, code, path) -> str:
    client = sample.client()
    sign_in(client, accounts.by_email(people.SIGN_INS[code].email))
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.text


def test_each_class_stands_in_each_status(fair):
    rows = db.session.execute(select(Contract.contract_class, Contract.status).where(Contract.fair_id == fair.id).distinct())
    assert {tuple(row) for row in rows} == {(one, status) for one in ContractClass for status in Status}


def test_every_book_agrees_with_every_other(sample):
    runner = sample.app.test_cli_runner()
    for command in ("audit", "ledger", "figures"):
        result = runner.invoke(args=[command, "verify"])
        assert result.exit_code == 0, result.output
        end_reading()
    assert "3 figures and 1 closed days were rebuilt: 0 differences." in result.output
    assert all(ledger.waiting_for_batch(each.id) == 0 for each in fairs.everyone())


def test_two_deals_wait_for_a_word_and_one_side_says_ten_times_the_total(fair):
    waiting, differing = contract(Case.ASKED), contract(Case.MISMATCH)
    states = {row.number: confirmations.state(row.id, row.content_hash) for row in (waiting, differing)}
    assert {number: [state.sides[side].stands for side in Side] for number, state in states.items()} == {
        Case.ASKED: ["confirmed", "asked"], Case.MISMATCH: ["asked", "differs"],
    }  # fmt: skip
    assert differing.total_minor is not None and 1_000_000_000 < differing.total_minor < 10_000_000_000
    answer = states[Case.MISMATCH].sides[Side.RECIPIENT].answer
    assert answer is not None and answer.corrections == {"total": differing.total_minor * 10}
    assert db.session.scalar(select(func.count()).select_from(Mismatch).where(Mismatch.settled_at.is_(None))) == 1


def test_the_public_check_shows_what_both_sides_allowed(sample):
    confirmed = contract(Case.CONFIRMED)
    assert confirmations.state(confirmed.id, confirmed.content_hash).confirmed_by == "both"
    code = publishing.of(confirmed.id)
    assert code is not None
    page = sample.client().get(f"/verify/{code.code}").text
    assert confirmed.title_en in page and to_text(confirmed.total_minor, "CNY").partition(".")[0] in page.replace(",", "")
    assert "Sample data" in page


def test_a_verified_deal_was_amended_by_another_person_and_both_sides_agree(sample):
    amended = contract(Case.AMENDED)
    (change,) = db.session.scalars(select(amending.Amendment).where(amending.Amendment.contract_id == amended.id))
    assert change.outcome is amending.Outcome.APPROVED and change.proposed_by != change.decided_by
    assert (change.content_hash, amended.status) == (amended.content_hash, Status.VERIFIED)
    assert confirmations.state(amended.id, amended.content_hash).confirmed_by == "both"


def test_one_is_in_force_and_registered_one_is_announced_again_and_two_are_called_off(fair):
    registered, again, framework = contract(Case.REGISTERED), contract("TODAY-018"), contract(Case.FRAMEWORK)
    assert registered.in_force_on and registered.registered_on and len(registered.registration_number or "") == 16
    total = ledger.total(fair, ledger.scope(fair.id, None), view=View.STAFF)
    assert {mark: total.marks[mark].count for mark in (Mark.IN_FORCE, Mark.REGISTERED)} == {Mark.IN_FORCE: 1, Mark.REGISTERED: 1}
    assert (again.place, again.status) == ("reannounced", Status.VERIFIED) and again.announced_on and again.announced_where
    counted = {line.contract_id for line in ledger.counted(fair, ledger.scope(fair.id, None), view=View.STAFF)}
    assert again.id not in counted and registered.id in counted and framework.id not in counted
    assert [row.number for row in linking.children(framework, by=actor("clerk"))] == ["TODAY-008", "TODAY-009"]


def test_an_intent_names_its_planned_investment_and_both_sides_are_asked_what_became_of_it(fair):
    intent = contract(Case.DUE)
    assert intent.total_minor is None
    (planned,) = db.session.scalars(select(OtherAmount).where(OtherAmount.contract_id == intent.id))
    assert planned.amount_minor > 10_000_000_000
    (followup,) = db.session.scalars(select(FollowUp).where(FollowUp.contract_id == intent.id))
    assert followup.days == 30 and followup.asked_at


def test_a_reported_deal_waits_beside_the_contract_that_it_looks_like(sample, fair):
    rows = list(db.session.scalars(select(DealReport).where(DealReport.fair_id == fair.id).order_by(DealReport.created_at)))
    assert [row.status for row in rows] == [ReportStatus.MERGED, ReportStatus.WAITING]
    assert reporting.count_waiting(actor("clerk")) == 1
    page = read(sample, "clerk", f"/staff/reports-of-deals/{rows[1].id}")
    assert contract(Case.REPORTED).reference in page


def test_the_ceremony_runs_and_what_is_not_signed_counts_in_no_public_view(sample, fair):
    (show,) = db.session.scalars(select(Ceremony))
    assert show.state is CeremonyState.RUNNING and show.fair_id == fair.id
    items = db.session.execute(select(Contract.number, RunItem.state).join(Contract, Contract.id == RunItem.contract_id).order_by(RunItem.position))
    assert [tuple(row) for row in items] == list(
        zip(CEREMONY, (ItemState.SIGNED, ItemState.CALLED, ItemState.READY, ItemState.POSTPONED, ItemState.READY), strict=True)
    )
    scope = ledger.scope(fair.id, None)
    counted = {view: {line.contract_id for line in ledger.counted(fair, scope, view=view)} for view in View}
    on_stage = {case: contract(case) for case in CEREMONY}
    assert {case for case, row in on_stage.items() if row.id in counted[View.PUBLIC]} == {Case.ON_STAGE}
    assert {case for case, row in on_stage.items() if row.id in counted[View.STAFF]} == set(CEREMONY) - {Case.UNVERIFIED}
    board = sample.client().get(f"/fairs/{fair.slug}/board.json").json
    assert board["target"]["minor"] == TARGET_MINOR and 0 < board["target"]["width"] < 100
    assert board["last"][0]["title"] == on_stage[Case.ON_STAGE].title_en
    held = [on_stage[case].title_en for case in CEREMONY[1:]]
    assert not any(title in sample.client().get(f"/fairs/{fair.slug}{path}").text for title in held for path in ("", "/board", "/board.json"))
    assert ceremonies.count_left(actor("manager")) == 4 and ceremonies.count_left(actor("verifier")) == 0


def test_yesterday_was_closed_by_two_people_and_each_day_has_its_figure(sample, fair):
    yesterday = loading.day_of_loading() - timedelta(days=1)
    close = figures.close(fair.id, yesterday)
    assert close is not None and close.first_by != close.second_by
    report = json.loads(close.report)
    assert report["closing"]["contracts"] == 5 and report["closing"]["total_minor"] > 0
    assert {item["kind"] for item in report["carried_over"]} == {"declared", "signed"} and all(item["reason"] for item in report["carried_over"])
    first, second = db.session.scalars(select(Figure).where(Figure.fair_id == fair.id).order_by(Figure.public_seq))
    assert close.figure_id == first.id and second.earlier_id == first.id
    said = [json.loads(each.statement) for each in (first, second)]
    assert said[0] != said[1] and first.sha256 != second.sha256
    pages = [sample.client().get(f"/figures/{each.code}").text for each in (first, second)]
    assert all("Sample data" in page for page in pages)


def test_today_can_be_closed_next_and_has_an_item_of_each_kind_and_an_adjustment(fair):
    now = loading.day_of_loading()
    assert days.next_day(fair) == now
    found = Counter(item.kind for item in days.open_items(fair, now))
    assert set(found) == set(days.KINDS) and found["mismatch"] == found["report"] == found["handover"] == 1
    preview = closing.preview(fair, now)
    assert [each["reference"] for each in preview["adjustments"]] == [contract(Case.AMENDED).reference]
    assert preview["adjusted"]["total_minor"] == preview["adjustments"][0]["total_minor"] > 0
    assert preview["added"]["contracts"] == 5


TILES = {
    "agency": {"confirmations.mine": 1, "followups.mine": 1, "contracts.reported": 1},
    "company": {"confirmations.mine": 1, "followups.mine": 1, "contracts.reported": 0},
    "clerk": {"confirmations.mismatches": 1, "contracts.reports_at_desk": 1, "ceremonies.current": 4, "days.current": 0},
    "verifier": {"confirmations.mismatches": 1, "days.current": 0},
    "manager": {"ceremonies.current": 4, "days.current": 0},
}


@pytest.mark.parametrize("code", TILES)
def test_the_day_page_leads_to_it(sample, code):
    counted = {each.tile.endpoint: each.number for each in day.counted(actor(code))}
    assert {endpoint: counted.get(endpoint) for endpoint in TILES[code]} == TILES[code]
    for endpoint in TILES[code]:
        with sample.app.test_request_context():
            path = url_for(endpoint)
        assert f'href="{path}' in read(sample, code, "/")


@pytest.mark.parametrize("code", people.SIGN_INS)
def test_every_link_of_the_day_page_and_of_the_days_close_leads_somewhere(sample, code):
    client = sample.client()
    sign_in(client, accounts.by_email(people.SIGN_INS[code].email))
    pages = ["/"] + ([f"/staff/days/{loading.OPEN}/{loading.day_of_loading()}"] if code in {"clerk", "verifier", "manager"} else [])
    links = {unescape(path) for page in pages for path in re.findall(r'href="(/(?!static/)[^"#]*)', client.get(page).text)}
    assert len(links) > 15
    for path in sorted(links):
        with client.get(path) as answer:
            assert answer.status_code < 400, path


def test_what_happened_yesterday_bears_yesterdays_time_and_nobody_gets_mail(sample, fair):
    today, zone = loading.day_of_loading(), loading.ZONE
    seen = {
        number: {hand.at.astimezone(ZoneInfo(zone)).date() for hand in db.session.scalars(select(Hand).where(Hand.contract_id == contract(number).id))}
        for number in ("TODAY-001", "TODAY-022")
    }  # fmt: skip
    assert seen == {"TODAY-001": {today - timedelta(days=1)}, "TODAY-022": {today}}
    assert db.session.scalar(select(func.count()).select_from(OutboxRow)) == 0


def test_evidence_is_on_file_wherever_a_contract_is_signed(sample, fair):
    unsigned = select(Contract.number).where(Contract.fair_id == fair.id, Contract.status.in_([Status.SIGNED, Status.VERIFIED]))
    missing = unsigned.where(~select(Evidence.id).where(Evidence.contract_id == Contract.id).exists())
    assert list(db.session.scalars(missing)) == []


def test_a_second_load_changes_nothing(sample, fair):
    before = db.session.scalar(select(func.count()).select_from(Contract))
    with transaction():
        assert loading.is_loaded() and loading.keep_open() is None
    assert db.session.scalar(select(func.count()).select_from(Contract)) == before
