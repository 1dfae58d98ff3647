"""Proposing and agreeing a split, and what the contract's life makes of it."""

import re

import pytest

from marketplace.contracts import service as contracts
from marketplace.contracts.schemas import ContractIn
from marketplace.core.db import db
from marketplace.core.errors import Forbidden, IllegalMove, Invalid, NotFound, Stale
from marketplace.core.jobs import OutboxRow
from marketplace.credits import queries, service
from marketplace.credits.models import Split, SplitStatus
from marketplace.ledger import queries as ledger
from marketplace.ledger.models import Status, View
from marketplace.organizations.models import Kind
from tests.contracts.factories_contracts import declare, facts, make_contract, make_desk, sign, verify
from tests.counting import asked_by
from tests.factories import actor, api, do, form_token, make_member, make_organization, make_token, sign_in


class World:
    """A fair's desk, an institute and a works that make a deal, two agencies, and a stranger."""

    def __init__(self, app):
        self.desk = make_desk(app, current=True)
        names = {"institute": Kind.INSTITUTE, "works": Kind.COMPANY, "agency": Kind.AGENCY, "bureau": Kind.AGENCY, "stranger": Kind.AGENCY}
        self.organizations = {name: make_organization(kind=kind, name_en=f"The {name}", slug=name) for name, kind in names.items()}
        self.people = {name: make_member(organization) for name, organization in self.organizations.items()}

    def by(self, name):
        return actor(self.people[name], self.organizations[name])

    def parties(self, *, works=True):
        recipient = self.organizations["works"]
        return [
            {"role": "provider", "name": "The institute", "country": "DE", "organization_id": str(self.organizations["institute"].id)},
            {"role": "recipient", "name": "The works", "country": "CN"} | ({"organization_id": str(recipient.id)} if works else {}),
        ]

    def contract(self, status=Status.DECLARED, **changes):
        return make_contract(self.desk, status, **({"parties": self.parties()} | changes))


@pytest.fixture
def world(app):
    return World(app)


def proposed(world, contract, *shares, by="institute"):
    return do(service.propose, contract.id, shares or [("agency", 6000), ("bureau", 4000)], by=world.by(by))


def agreed(world, contract, *shares):
    split = proposed(world, contract, *shares)
    for name in ("works", "agency", "bureau"):
        if world.organizations[name].id in service._missing(split):
            do(service.agree, split.id, split.content_hash, by=world.by(name))
    return split


def test_everybody_concerned_agrees(world):
    contract = world.contract()
    split = proposed(world, contract)
    told = {row.payload["organization_id"] for row in db.session.query(OutboxRow) if row.task == "credits.tell"}
    assert told == {str(world.organizations[name].id) for name in ("works", "agency", "bureau")}
    assert [queries.waiting_count(world.by(name)) for name in ("institute", "works", "agency", "bureau", "stranger")] == [0, 1, 1, 1, 0]
    with pytest.raises(Stale):
        do(service.agree, split.id, "0" * 64, by=world.by("works"))
    with pytest.raises(NotFound):
        do(service.agree, split.id, split.content_hash, by=world.by("stranger"))
    for name in ("works", "agency"):
        do(service.agree, split.id, split.content_hash, by=world.by(name))
        assert split.status is SplitStatus.PROPOSED
    with pytest.raises(Forbidden):
        do(service.agree, split.id, split.content_hash, by=world.by("agency"))
    do(service.agree, split.id, split.content_hash, by=world.by("bureau"))
    assert (split.status, split.frozen_at) == (SplitStatus.AGREED, None)
    with pytest.raises(IllegalMove):
        do(service.decline, split.id, split.content_hash, "late", by=world.by("works"))
    [own] = queries.own_shares(by=world.by("bureau"))
    assert (own.share_bp, own.reads, own.total_minor) == (4000, False, None)


def test_who_may_propose_what(world):
    contract = world.contract()
    for name, error in (("agency", NotFound), ("stranger", NotFound)):
        with pytest.raises(error):
            proposed(world, contract, by=name)
    with pytest.raises(Forbidden):
        do(service.propose, contract.id, [("agency", 10_000)], by=world.desk.by(world.desk.clerk))
    for shares, pointer in (([("agency", 9999)], "/shares"), ([("nobody", 10_000)], "/shares/0/agency"), ([("agency", 5000), ("works", 5000)], "/shares/1/agency")):
        with pytest.raises(Invalid) as caught:
            proposed(world, contract, *shares)
        assert caught.value.errors[0].pointer == pointer
    proposed(world, contract)
    with pytest.raises(service.SplitOpen):
        proposed(world, contract, by="works")
    intent = world.contract(**{"class": "intent", "total_amount": None, "technology_amount": None})
    with pytest.raises(IllegalMove):
        proposed(world, intent)


def test_a_broker_reads_its_part_of_the_amounts(world):
    broker = {"role": "broker", "name": "The agency", "country": "CN", "organization_id": str(world.organizations["agency"].id)}
    agreed(world, world.contract(parties=[*world.parties(), broker]))
    [own] = queries.own_shares(by=world.by("agency"))
    assert (own.share_bp, own.reads, own.total_minor, own.technology_minor) == (6000, True, 60_000_000, 36_000_000)


def test_a_no_ends_it_and_a_new_agreement_replaces_the_old(world):
    contract = world.contract()
    first = proposed(world, contract)
    do(service.decline, first.id, first.content_hash, "We brought the buyer.", by=world.by("bureau"))
    assert first.status is SplitStatus.DECLINED
    second = agreed(world, contract, ("agency", 5000), ("bureau", 5000))
    third = proposed(world, contract, ("agency", 10_000))
    with pytest.raises(Forbidden):
        do(service.withdraw, third.id, by=world.by("works"))
    do(service.withdraw, third.id, by=world.by("institute"))
    assert (second.status, third.status) == (SplitStatus.AGREED, SplitStatus.WITHDRAWN)
    fourth = agreed(world, contract, ("agency", 10_000))
    assert (second.status, fourth.status, fourth.number) == (SplitStatus.REPLACED, SplitStatus.AGREED, 4)


def test_a_verified_contract_freezes_what_was_agreed(world):
    contract = declare(world.desk, parties=world.parties())
    split = agreed(world, contract)
    sign(world.desk, contract)
    other = proposed(world, contract, ("bureau", 10_000))
    verify(world.desk, contract)
    db.session.refresh(split)
    db.session.refresh(other)
    assert split.frozen_at is not None
    assert other.status is SplitStatus.LAPSED
    with pytest.raises(service.SplitFrozen):
        proposed(world, contract)


def test_a_verified_contract_may_still_get_its_first_split(world):
    split = agreed(world, world.contract(Status.VERIFIED))
    assert split.status is SplitStatus.AGREED
    assert split.frozen_at is not None


def test_other_parties_undo_what_was_agreed_among_some(world):
    contract = world.contract(parties=world.parties(works=False))
    split = agreed(world, contract, ("agency", 10_000))
    assert split.status is SplitStatus.AGREED
    same = ContractIn().load(facts(parties=world.parties(works=False)))
    do(contracts.edit, contract.id, same, by=world.desk.by(world.desk.clerk))
    assert split.status is SplitStatus.AGREED
    more = ContractIn().load(facts(parties=world.parties()))
    do(contracts.edit, contract.id, more, by=world.desk.by(world.desk.clerk))
    assert split.status is SplitStatus.LAPSED
    pending = proposed(world, contract)
    do(contracts.void, contract.id, "logged twice", by=world.desk.by(world.desk.clerk))
    assert pending.status is SplitStatus.LAPSED


def test_the_ranking_adds_up_to_the_headline_and_keeps_confidential_deals_whole(world):
    desk = world.desk
    agreed(world, world.contract(Status.VERIFIED, total_amount="1000000.01"))
    world.contract(Status.VERIFIED, total_amount="500.00", technology_amount=None)
    agreed(world, world.contract(Status.VERIFIED, total_amount="70000.00", technology_amount="70000.00", open=False), ("bureau", 10_000))
    agreed(world, world.contract(Status.SIGNED, total_amount="9000000.00"))
    scope = ledger.scope(desk.fair.id, None)
    for view in View:
        found, _agencies = queries.by_agency(desk.fair, scope, view=view)
        head = desk.headline(view)
        assert (found.whole.contracts, found.whole.total_minor, found.whole.technology_minor) == (head.count, head.base_total_minor, head.base_technology_minor)
        credited = {agency: credit.total_minor for agency, credit in found.agencies.items()}
        bureau = world.organizations["bureau"].id
        assert credited[world.organizations["agency"].id] == 60_000_001
        assert credited[bureau] == 40_000_000 + (7_000_000 if view is View.STAFF else 0)
        assert found.unshared.total_minor == 50_000
    seen = {(own.contract.open, own.contract.status, own.total_minor) for own in queries.own_shares(by=world.by("bureau"))}
    assert seen == {(True, Status.VERIFIED, 40_000_000), (True, Status.SIGNED, None), (False, Status.VERIFIED, None)}, "what all can tell from the ranking"


def test_the_story_by_forms(app, world):
    contract = world.contract()
    clients = {name: app.test_client() for name in world.people}
    for name, client in clients.items():
        sign_in(client, world.people[name], world.organizations[name])
    new = f"/contracts/{contract.id}/credit/new"
    lines = {"shares-0-agency": "agency", "shares-0-percent": "60", "shares-1-agency": "The bureau", "shares-1-percent": "30"}
    refused = clients["works"].post(new, data=form_token(clients["works"], new) | lines)
    assert refused.status_code == 422
    assert "90.00" in refused.text
    made = clients["works"].post(new, data=form_token(clients["works"], new) | lines | {"shares-1-percent": "40 %"})
    assert made.status_code == 303
    address = made.location
    assert "60.00 %" in clients["institute"].get(f"/contracts/{contract.id}").text
    assert contract.reference in clients["agency"].get("/credits").text
    assert clients["agency"].get(f"/contracts/{contract.id}").status_code == 404
    assert clients["stranger"].get(address).status_code == 404
    for name in ("institute", "agency", "bureau"):
        page = clients[name].get(address).text
        [seen] = set(re.findall(r'name="content_hash" value="([0-9a-f]{64})"', page))
        assert "Times are those of Shanghai" in page and "UTC" not in page, "the fair's clock"
        assert clients[name].post(f"{address}/agree", data=form_token(clients[name], address) | {"content_hash": seen}).status_code == 303
    assert "Our part of the total" in clients["agency"].get("/credits").text
    assert clients["agency"].get("/credits/export.csv").status_code == 200
    assert db.session.query(Split).one().status is SplitStatus.AGREED


def test_the_story_as_json(app, world):
    contract = world.contract(Status.VERIFIED)
    client = app.test_client()
    tokens = {name: make_token(person, world.organizations[name]) for name, person in world.people.items()}
    base = f"/api/v1/contracts/{contract.id}/credit"
    assert client.post(base, json={"shares": [{"agency": "agency", "share_bp": 1}]}, headers=api(tokens["works"])).status_code == 422
    made = client.post(base, json={"shares": [{"agency": "agency", "share_bp": 10_000}]}, headers=api(tokens["works"]))
    assert (made.status_code, made.json["shares"][0]["slug"], len(made.json["missing"])) == (201, "agency", 2)
    one = made.headers["Location"]
    assert client.get(one, headers=api(tokens["stranger"])).status_code == 404
    assert client.get(base, headers=api(tokens["agency"])).status_code == 404
    seen = client.get(one, headers=api(tokens["agency"])).json
    assert (seen["contract_id"], seen["may_answer"]) == (None, True)
    for name in ("agency", "institute"):
        said = client.post(f"{one}/agree", json={"content_hash": seen["content_hash"]}, headers=api(tokens[name]))
        assert said.status_code == 200
    assert said.json["frozen_at"] is not None
    ranking = client.get(f"/api/v1/fairs/{world.desk.fair.slug}/agencies").json
    assert [(row["rank"], row["agency"]["slug"], row["total"]) for row in ranking["rows"]] == [(1, "agency", "1000000.00")]
    assert client.get(f"/api/v1/fairs/{world.desk.fair.slug}/agencies?view=staff", headers=api(tokens["works"])).status_code == 403
    page = app.test_client().get(f"/fairs/{world.desk.fair.slug}/agencies")
    assert page.status_code == 200
    assert "The agency" in page.text
    assert app.test_client().get(f"/fairs/{world.desk.fair.slug}/agencies/export.csv").status_code == 200


def test_the_pages_make_the_same_number_of_queries_for_one_and_for_many(app, world):
    client = app.test_client()
    sign_in(client, world.people["agency"], world.organizations["agency"])

    def queries_of(address):
        db.session.expire_all()
        return asked_by(client, address)

    pages = ("/credits", f"/fairs/{world.desk.fair.slug}/agencies")
    agreed(world, world.contract(Status.VERIFIED))
    few = [queries_of(page) for page in pages]
    for _ in range(3):
        agreed(world, world.contract(Status.VERIFIED), ("bureau", 3000), ("agency", 7000))
    assert [queries_of(page) for page in pages] == few
