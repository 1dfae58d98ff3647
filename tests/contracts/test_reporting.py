"""Reports of deals: told by buyer, seller and agency, settled by the desk; the deal counts once."""

from datetime import date

import pytest

from marketplace.contracts import reporting, service
from marketplace.contracts.models import Contract, DealReport, ReportStatus
from marketplace.contracts.schemas import ContractIn
from marketplace.core import jobs
from marketplace.core.audit import AuditRow
from marketplace.core.clock import now
from marketplace.core.db import db, transaction
from marketplace.core.errors import Forbidden, IllegalMove, Invalid, NotFound
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.ledger.models import Status, Voucher
from marketplace.organizations.models import Kind, Role
from marketplace.organizations.rules import fold_name
from tests.contracts.factories_contracts import attach, declare, facts, make_contract, make_desk, verify
from tests.counting import asked_by
from tests.factories import actor, api, form_token, make_member, make_organization, make_staff, make_token, sign_in
from tests.roadshow.factories_roadshow import make_achievement


def named(name, kind):
    return make_organization(name_en=name, name_key=fold_name(name), kind=kind)


@pytest.fixture
def desk(app):
    desk = make_desk(app, current=True)
    desk.seller, desk.buyer, desk.agency = named("Northgate Institute", Kind.INSTITUTE), named("Hengyuan Foods", Kind.COMPANY), named("Bridge", Kind.AGENCY)
    desk.at = {one.id: make_member(one) for one in (desk.seller, desk.buyer, desk.agency)}
    desk.achievement = make_achievement(desk.fair, desk.seller)
    return desk


def told_by(desk, organization, **changes):
    """The deal as one side tells it: itself by its organisation, the others by name; its own spelling of title and amount."""
    parties = [
        {"role": role, "name": one.name, "country": "CN"} | ({"organization_id": str(one.id)} if one is organization else {})
        for role, one in (("provider", desk.seller), ("recipient", desk.buyer), ("broker", desk.agency))
        if role != "broker" or one is organization
    ]
    more = {"parties": parties, "achievement_id": str(desk.achievement.id), "total_amount": "6800000.00", "technology_amount": None}
    return facts(**more | changes)


def report(desk, organization, **changes):
    with transaction():
        return reporting.report(desk.fair, ContractIn().load(told_by(desk, organization, **changes)), by=actor(desk.at[organization.id], organization))


def test_one_deal_reported_by_buyer_seller_agency_and_clerk_counts_once(client, desk):
    """Invariant I13."""
    reports = [
        report(desk, desk.buyer, total_amount="6790000.00"), report(desk, desk.seller, title_en="Heat pump licence"),
        report(desk, desk.agency, total_amount=None),
    ]  # fmt: skip
    assert desk.headline().count == 0
    assert db.session.query(Contract).count() == 0
    token = make_token(desk.clerk)
    body = told_by(desk, None, number="HT-7") | {"fair": desk.fair.slug, "report_id": str(reports[1].id)}
    made = client.post("/api/v1/contracts", json=body, headers=api(token))
    assert made.status_code == 201, made.text
    for one in (reports[0], reports[2]):
        again = body | {"report_id": str(one.id), "total_amount": "6800000.00"}
        refused = client.post("/api/v1/contracts", json=again, headers=api(token))
        assert (refused.status_code, refused.json["same"][0]["id"]) == (409, made.json["id"])
        assert db.session.get(DealReport, one.id).status is ReportStatus.WAITING
        merged = client.post(f"/api/v1/reported-deals/{one.id}/merge", json={"contract_id": made.json["id"]}, headers=api(token))
        assert (merged.status_code, merged.json["status"], merged.json["contract_id"]) == (200, "merged", made.json["id"])
    contract = db.session.query(Contract).one()
    attach(desk, contract)
    with transaction():
        service.sign(contract.id, contract.content_hash, by=actor(desk.clerk))
    verify(desk, contract)
    assert (desk.headline().count, desk.headline().base_total_minor) == (1, 680000000)
    assert [row.status for row in reporting.of_contract(contract.id)] == [ReportStatus.MERGED, ReportStatus.LOGGED, ReportStatus.MERGED]


def test_a_report_is_no_contract_and_books_nothing(desk):
    report(desk, desk.buyer)
    assert (db.session.query(Contract).count(), db.session.query(Voucher).count()) == (0, 0)


def test_only_a_party_reports_and_only_to_an_open_fair(desk):
    stranger = make_organization()
    desk.at[stranger.id] = make_member(stranger)
    with pytest.raises(Invalid) as refused:
        report(desk, stranger)
    assert refused.value.errors[0].code == "not_a_party"
    with pytest.raises(Invalid):
        report(desk, desk.buyer, signed_on="2199-01-01")
    reader = make_member(desk.buyer, role=Role.READER)
    with pytest.raises(Forbidden), transaction():
        reporting.report(desk.fair, ContractIn().load(told_by(desk, desk.buyer)), by=actor(reader, desk.buyer))
    desk.fair.closed_at = now()
    db.session.commit()
    with pytest.raises(Invalid):
        report(desk, desk.buyer)


def test_a_report_is_settled_once_by_the_desk_of_its_fair(app, desk):
    row = report(desk, desk.buyer)
    contract = declare(desk)
    for by in (desk.at[desk.buyer.id], make_staff(make_desk(app).fair, "clerk"), desk.verifier):
        with pytest.raises(NotFound), transaction():
            reporting.refuse(row.id, "not ours", by=actor(by))
    void = make_contract(desk, Status.VOID)
    with pytest.raises(IllegalMove), transaction():
        reporting.merge(row.id, void.id, by=actor(desk.clerk))
    elsewhere = declare(make_desk(app))
    with pytest.raises(NotFound), transaction():
        reporting.merge(row.id, elsewhere.id, by=actor(desk.clerk))
    with transaction():
        reporting.merge(row.id, contract.id, by=actor(desk.clerk))
    for again in (lambda: reporting.refuse(row.id, "too late", by=actor(desk.clerk)), lambda: reporting.become(row.id, contract, by=actor(desk.clerk))):
        with pytest.raises(IllegalMove), transaction():
            again()
    actions = [(one.action, one.facts.get("outcome")) for one in db.session.query(AuditRow).filter_by(subject=f"report:{row.id}").order_by(AuditRow.seq)]
    assert actions == [("contracts.report", None), ("contracts.settle_report", "merged")]


def test_whoever_reported_it_hears_and_sees_what_became_of_it(client, desk):
    row = report(desk, desk.buyer)
    person = desk.at[desk.buyer.id]
    sign_in(client, person, desk.buyer)
    assert "Waits at the desk" in client.get("/contracts/reported").text
    with transaction():
        reporting.refuse(row.id, "Signed at another fair.", by=actor(desk.clerk))
    jobs.sweep()
    jobs.sweep()
    assert [(mail["To"], row.reference in mail["Subject"]) for mail in OUTBOX_SEEN] == [(person.email, True)]
    assert "6,800,000" not in OUTBOX_SEEN[0].get_content() and "Signed at another" not in OUTBOX_SEEN[0].get_content()
    page = client.get("/contracts/reported").text
    assert "Refused" in page and "Signed at another fair." in page
    assert reporting.count_answered(actor(person, desk.buyer)) == 1
    sign_in(client, desk.at[desk.seller.id], desk.seller)
    assert row.reference not in client.get("/contracts/reported").text


def typed(desk, **changes):
    return {
        "title_en": "Heat pump licence", "class": "contract", "kind": "licence", "field": "new_energy", "place": "at_fair", "currency": "CNY",
        "total_amount": "680", "total_unit": "wan", "technology_undisclosed": "on", "signed_on": date.today().isoformat(),
        "achievement_reference": desk.achievement.reference,
        "parties-0-role": "provider", "parties-0-name": desk.seller.name, "parties-0-country": "CN", "parties-0-organization_id": "",
        "parties-1-role": "recipient", "parties-1-name": desk.buyer.name, "parties-1-country": "CN", "parties-1-organization_id": str(desk.buyer.id),
    } | changes  # fmt: skip


def test_by_clicks_from_the_report_to_the_logged_contract(client, desk):
    sign_in(client, desk.at[desk.buyer.id], desk.buyer)
    assert f'value="{desk.buyer.name}"' in client.get("/contracts/report").text
    data = typed(desk)
    back = client.post("/contracts/report", data=data | form_token(client, "/contracts/report"))
    assert back.status_code == 200 and "Six million eight hundred thousand yuan" in back.text
    sent = client.post("/contracts/report", data=data | {"confirmed": "680000000/None/CNY"} | form_token(client, "/contracts/report"))
    assert (sent.status_code, sent.location) == (303, "/contracts/reported")
    row = db.session.query(DealReport).one()
    sign_in(client, desk.clerk)
    assert "Reported deals to settle" in client.get("/").text
    assert row.reference in client.get("/staff/reports-of-deals").text
    assert desk.buyer.name in client.get(f"/staff/reports-of-deals/{row.id}").text
    path = f"/contracts/new?report={row.id}"
    page = client.get(path)
    assert 'value="6800000.00"' in page.text and f'value="{desk.achievement.reference}"' in page.text
    assert f'value="{desk.seller.id}"' in page.text  # the seller is registered here: the name brought it along
    logged = client.post(path, data=data | {"confirmed": "680000000/None/CNY"} | form_token(client, path))
    assert logged.status_code == 303, logged.text
    assert db.session.get(DealReport, row.id).status is ReportStatus.LOGGED
    assert "It counts once" in client.get(logged.location).text


def test_the_desk_sees_the_likely_contract_side_by_side_and_merges_by_a_click(client, desk):
    first = declare(desk, **{k: v for k, v in told_by(desk, None).items() if k in {"parties", "achievement_id", "total_amount", "technology_amount"}})
    row = report(desk, desk.buyer, total_amount="6790000.00")
    sign_in(client, desk.clerk)
    path = f"/staff/reports-of-deals/{row.id}"
    page = client.get(path).text
    assert first.reference in page and "¥6,790,000.00" in page and "¥6,800,000.00" in page
    assert 'data-note="differs"' in page
    merged = client.post(f"{path}/merge", data=form_token(client, path) | {"contract_id": str(first.id)})
    assert (merged.status_code, merged.location) == (303, "/staff/reports-of-deals")
    assert row.reference not in client.get("/staff/reports-of-deals").text
    again = client.post(f"{path}/merge", data=form_token(client, path) | {"contract_id": str(first.id)})
    assert again.status_code == 409
    assert db.session.query(DealReport).one().status is ReportStatus.MERGED


def test_the_api_of_a_party_and_of_the_desk(client, desk):
    mine, clerk = make_token(desk.at[desk.buyer.id], desk.buyer), make_token(desk.clerk)
    body = told_by(desk, desk.buyer) | {"fair": desk.fair.slug}
    made = client.post("/api/v1/reported-deals", json=body, headers=api(mine))
    assert (made.status_code, made.json["status"], made.json["facts"]["total_minor"]) == (201, "waiting", 680000000), made.text
    assert [row["id"] for row in client.get("/api/v1/reported-deals", headers=api(mine)).json["rows"]] == [made.json["id"]]
    assert client.get("/api/v1/reported-deals", headers=api(make_token(desk.at[desk.seller.id], desk.seller))).json["rows"] == []
    assert [row["id"] for row in client.get("/api/v1/reported-deals/waiting", headers=api(clerk)).json["rows"]] == [made.json["id"]]
    assert client.get("/api/v1/reported-deals/waiting", headers=api(mine)).status_code == 403
    refused = client.post(f"/api/v1/reported-deals/{made.json['id']}/refuse", json={"reason": "Not of this fair"}, headers=api(clerk))
    assert (refused.json["status"], refused.json["reason"]) == ("refused", "Not of this fair")
    unknown = "/api/v1/reported-deals/018f0000-0000-7000-8000-000000000000/refuse"
    assert client.post(unknown, json={"reason": "Not of this fair"}, headers=api(clerk)).status_code == 404


def test_the_desk_queue_costs_the_same_for_many_reports(client, desk):
    counts = []
    for _ in range(2):
        for _ in range(3):
            report(desk, desk.buyer)
        sign_in(client, desk.clerk)
        counts.append(asked_by(client, "/staff/reports-of-deals"))
    assert counts[0] == counts[1]
