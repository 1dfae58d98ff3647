"""Who looks after a listing, and what happens when they leave."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.core.clock import now
from marketplace.core.db import db, transaction
from marketplace.core.errors import Forbidden, Invalid, NotFound
from marketplace.core.jobs import OutboxRow
from marketplace.listings import drafting
from marketplace.listings.life import contacts, handing_over
from marketplace.organizations import members
from marketplace.organizations.models import Mandate, MandateStatus, Role
from tests.counting import counted
from tests.factories import actor, form_token, make_member, make_organization, save, sign_in
from tests.listings.factories_listings import draft, make_market


@pytest.fixture
def market(app):
    with transaction():
        return make_market()


def made(step, *args, **kwargs):
    with transaction():
        return step(*args, **kwargs)


def mails():
    return [row.payload for row in db.session.scalars(select(OutboxRow).where(OutboxRow.task == "mail.send").order_by(OutboxRow.id))]


@pytest.fixture
def editor(market):
    with transaction():
        return make_member(market.agency, "editor", language="zh")


def test_listings_are_handed_over_with_one_mail(market, editor):
    listings = [made(draft, market) for _ in range(3)]
    assert [contacts.contact_of(listing.id, by=market.by)[0].id for listing in listings] == [market.owner.id] * 3
    assert made(handing_over.hand_over, [listing.id for listing in listings[:2]], editor.id, by=market.by) == 2
    assert made(handing_over.hand_over, [listings[0].id], editor.id, by=market.by) == 0
    assert [(mail["to"], listings[1].reference in mail["body"]) for mail in mails()] == [(editor.email, True)]
    assert made(handing_over.hand_over_all, str(market.owner.id), editor.id, by=market.by) == 1
    assert [(row["name"], row["number"], row["gone"]) for row in contacts.by_contact(by=market.by)] == [(editor.name, 3, False)]


def test_only_owners_hand_over_and_only_to_who_may_write(market, editor):
    listing = made(draft, market)
    foreign = make_member(make_organization())
    for refusal, ids, to, by in (
        (Forbidden, [listing.id], editor.id, actor(editor, market.agency)), (NotFound, [listing.id], market.outsider.id, actor(market.outsider, made(make_organization))),
        (Invalid, [], editor.id, market.by), (Invalid, [listing.id], market.reader.id, market.by), (Invalid, [listing.id], foreign.id, market.by),
    ):  # fmt: skip
        with pytest.raises(refusal):
            handing_over.hand_over(ids, to, by=by)


def test_a_colleague_who_leaves_is_noticed(client, market, editor):
    listing = made(draft, market)
    made(handing_over.hand_over, [listing.id], editor.id, by=market.by)
    assert contacts.unattended_number(by=market.by) == 0
    before = len(mails())
    made(members.end, market.agency.id, editor.id, by=market.by)
    assert [mail["to"] for mail in mails()[before:]] == [market.owner.email]
    assert (contacts.unattended_number(by=market.by), contacts.contact_of(listing.id, by=market.by)[1]) == (1, False)
    assert [person.id for person in contacts.asked_about(listing)] == [market.owner.id]  # mails go to the owners meanwhile
    sign_in(client, market.owner, market.agency)
    page = "/listings/contacts?contact=gone"
    assert "Nobody looks after them" in client.get("/").text
    assert listing.reference in client.get(page).text
    fields = form_token(client, page) | {"contact": "gone", "to": str(market.owner.id), "what": "all"}
    assert client.post("/listings/contacts", data=fields | {"to": str(editor.id)}).status_code == 422
    assert client.post("/listings/contacts", data=fields).headers["Location"] == page
    assert listing.reference not in client.get(page).text
    chosen = form_token(client, "/listings/contacts") | {"to": str(market.owner.id), "what": "chosen"}
    assert client.post("/listings/contacts", data=chosen).status_code == 422  # none was chosen
    for query in ("none", "x", str(market.owner.id)):
        assert client.get(f"/listings/contacts?contact={query}").status_code == 200


def test_an_agency_under_a_mandate_can_look_after_a_listing(market):
    with transaction():
        agency = make_organization(kind="agency")
        theirs = make_member(agency)
        mandate = save(Mandate(
            agency_id=agency.id, principal_id=market.agency.id, role=Role.EDITOR, ends_on=now().date() + timedelta(days=3), status=MandateStatus.IN_FORCE,
            proposed_by_id=agency.id, proposed_by_person_id=theirs.id, proposed_at=now(), accepted_at=now(),
        ))  # fmt: skip
        listing = draft(market)
    made(handing_over.hand_over, [listing.id], theirs.id, by=market.by)
    assert contacts.unattended_number(by=market.by) == 0
    with transaction():
        db.session.merge(mandate).ends_on = now().date() - timedelta(days=1)
    assert contacts.unattended_number(by=market.by) == 1


@pytest.mark.one_database
def test_lists_take_as_many_queries_as_one_row_does(client, market):
    sign_in(client, market.owner, market.agency)
    listing = made(draft, market)
    pages = ("/listings", "/listings?state=archived", "/listings/contacts", f"/listings/{listing.id}/history", f"/listings/{listing.id}")

    def numbers():
        found = []
        for page in pages:
            with counted() as seen:
                assert client.get(page).status_code == 200
            found.append(len([sql for sql in seen if sql.startswith("SELECT")]))
        return found

    def more(times):
        for number in range(times):
            with transaction():
                draft(market)
                drafting.newest_version(db.session.merge(listing)).entered_at = now()
                drafting.edit(listing.id, {"title_en": f"Version {times} {number}"}, by=market.by)

    more(1)
    few = numbers()
    more(3)
    assert numbers() == few
