"""Merging a duplicate: everything open moves once, what is frozen keeps its bytes, and old addresses lead on."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from marketplace.alerts.models import Frequency, Least, MatchAlert
from marketplace.contracts import queries as contracts
from marketplace.contracts.models import Contract, Party
from marketplace.core import jobs
from marketplace.core.access import Actor
from marketplace.core.audit import AuditRow
from marketplace.core.clock import now
from marketplace.core.db import Base, db, transaction
from marketplace.core.errors import Duplicate, Forbidden, NotFound
from marketplace.ledger.models import Status as ContractStatus
from marketplace.listings.models import Kind, Listing, ListingChange
from marketplace.matching.models import MatchVerdict, Verdict
from marketplace.negotiations.models import Negotiation
from marketplace.organizations import duplicates, invitations, mandates, merging, service
from marketplace.organizations.models import Invitation, Mandate, MandateStatus, Membership, Organization, OrganizationNumber, Role, Status
from marketplace.organizations.models import Kind as OrganizationKind
from marketplace.organizations.numbers import Scheme
from tests.at_once import own_app, rush
from tests.contracts.factories_contracts import facts, make_contract, make_desk
from tests.factories import actor, api, form_token, make_fair, make_member, make_organization, make_person, make_token, save, sign_in
from tests.negotiations.factories_negotiations import ASKED, make_listing

assert own_app  # the fixture: an application with a database of its own, for threads that commit


@pytest.fixture
def admin(app) -> Actor:
    return actor(make_person(admin=True))


@pytest.fixture
def winner(app):
    return make_organization(name_en="Metal Institute", name_key="metalinstitute", kind=OrganizationKind.INSTITUTE)


@pytest.fixture
def loser(app):
    return make_organization(name_en="Institute, Metal", name_key="institutemetal", kind=OrganizationKind.INSTITUTE, slug="institute-metal")


def merge(winner, loser, by):
    with transaction():
        return merging.merge(winner.id, loser.id, by=by)


def ask(listing, by, **more):
    from marketplace.negotiations import interest

    with transaction():
        return interest.ask(**{f"{listing.kind.value}_id": listing.id}, **ASKED, **more, by=by)[0]


@pytest.mark.one_database
def test_every_pointer_to_an_organisation_is_answered_for(app):
    """Somebody who adds a table says what becomes of it: without that, a merge would forget its rows."""
    pointing = {
        (mapper.class_.__tablename__, column.key)
        for mapper in Base.registry.mappers
        for column in mapper.columns
        if any(key.column.table.name == "organizations" for key in column.foreign_keys)
    }
    answered = {(column.class_.__tablename__, column.key) for mover in merging.MOVERS for column in mover.columns}
    kept = {(column.class_.__tablename__, column.key) for column in merging.KEPT}
    assert pointing - answered - kept == set()
    assert answered & kept == set()


def test_members_move_and_who_was_in_both_keeps_the_higher_role(winner, loser, admin, client):
    only_there, both = make_member(loser, Role.EDITOR), make_member(loser, Role.OWNER)
    make_member(winner, Role.READER, both)
    token = make_token(only_there, loser)
    merge(winner, loser, admin)
    roles = {(row.person_id, row.role) for row in db.session.scalars(select(Membership).where(Membership.organization_id == winner.id))}
    assert roles == {(only_there.id, Role.EDITOR), (both.id, Role.OWNER)}
    assert [acting.id for acting in actor(both).memberships] == [winner.id]
    assert client.get("/api/v1/me", headers=api(token)).json["acting"]["slug"] == winner.slug


@pytest.mark.parametrize(("owned", "comes_as"), [(True, Role.READER), (False, Role.OWNER)])
def test_who_registered_a_copy_that_nobody_approved_owns_nothing_that_has_an_owner(winner, admin, owned, comes_as):
    copy = make_organization(name_en="Metal Institute!", name_key="copy", status=Status.PENDING)
    stranger = make_member(copy)
    if owned:
        make_member(winner)
    merge(winner, copy, admin)
    assert db.session.scalars(select(Membership.role).where(Membership.person_id == stranger.id)).one() is comes_as


def test_listings_move_and_equal_numbers_stay_apart(winner, loser, admin):
    fair = make_fair()
    mine, theirs, hidden = (make_listing(Kind.ACHIEVEMENT, each, fair) for each in (winner, loser, loser))
    mine.external_id = theirs.external_id = "A-1"
    hidden.anonymous, hidden.shown_owner_id = True, None
    db.session.commit()
    merge(winner, loser, admin)
    rows = {row.id: row for row in db.session.scalars(select(Listing))}
    assert {row.organization_id for row in rows.values()} == {winner.id}
    assert [rows[each.id].external_id for each in (mine, theirs)] == ["A-1", "A-1@institute-metal"]
    assert (rows[theirs.id].shown_owner_id, rows[hidden.id].shown_owner_id) == (winner.id, None)
    assert rows[theirs.id].version == theirs.version
    assert {theirs.id, hidden.id} <= set(db.session.scalars(select(ListingChange.listing_id)))


def test_threads_move_with_what_hangs_on_them_and_go_on(winner, loser, admin):
    from marketplace.negotiations import interest

    fair, company = make_fair(), make_organization(kind=OrganizationKind.COMPANY)
    buyer, keeper = make_member(company), make_member(loser)
    thread = ask(make_listing(Kind.ACHIEVEMENT, loser, fair), actor(buyer))
    save(MatchAlert(person_id=keeper.id, organization_id=loser.id, frequency=Frequency.NEVER, least=next(iter(Least))))
    merge(winner, loser, admin)
    moved = db.session.get(Negotiation, thread.id)
    assert (moved.provider_id, moved.answered_by_id, moved.move_of_id) == (winner.id,) * 3
    assert str(winner.id) in moved.open_key
    with transaction():
        interest.accept(thread.id, by=actor(keeper))
    assert db.session.scalar(select(MatchAlert.organization_id)) == winner.id


def test_what_both_said_of_one_pair_stays_with_the_winners_word(winner, loser, admin):
    fair = make_fair()
    need, achievement = make_listing(Kind.NEED, make_organization(), fair), make_listing(Kind.ACHIEVEMENT, make_organization(), fair)
    for organization, verdict in ((winner, Verdict.SHORTLISTED), (loser, Verdict.DISMISSED)):
        save(MatchVerdict(
            organization_id=organization.id, need_id=need.id, achievement_id=achievement.id, verdict=verdict, said_at=now(),
            reason="price" if verdict is Verdict.DISMISSED else None, person_id=make_person().id,
        ))  # fmt: skip
    merge(winner, loser, admin)
    [mine] = db.session.scalars(select(MatchVerdict).where(MatchVerdict.organization_id == winner.id))
    assert mine.verdict is Verdict.SHORTLISTED


def test_contracts_keep_their_bytes_and_are_read_by_the_winner(app, winner, loser, admin):
    desk = make_desk(app)
    keeper = make_member(loser)
    parties = facts()["parties"]
    parties[0] |= {"name": loser.name, "organization_id": str(loser.id)}
    contract = make_contract(desk, ContractStatus.VERIFIED, parties=parties)
    before = (contract.content_hash, desk.headline(), list(db.session.execute(select(Party.organization_id, Party.name).order_by(Party.position))))
    seq = db.session.scalar(select(func.max(AuditRow.seq)))
    hashes = list(db.session.scalars(select(AuditRow.hash).order_by(AuditRow.seq)))
    merge(winner, loser, admin)
    db.session.expire_all()
    contract = db.session.get(Contract, contract.id)
    assert (contract.content_hash, desk.headline(), list(db.session.execute(select(Party.organization_id, Party.name).order_by(Party.position)))) == before
    assert list(db.session.scalars(select(AuditRow.hash).where(AuditRow.seq <= seq).order_by(AuditRow.seq))) == hashes
    assert db.session.scalars(contracts.contracts(by=actor(keeper))).one().id == contract.id
    assert db.session.scalar(select(Party.who).where(Party.organization_id == loser.id)) == f"o:{winner.id}"


def test_numbers_mandates_and_claims_move(winner, loser, admin):
    agency = make_organization(kind=OrganizationKind.AGENCY)
    agent, head, other = make_member(agency), make_member(loser), make_member(winner)
    save(OrganizationNumber(organization_id=loser.id, scheme=Scheme.ROR, value="03cve4549", created_at=now()))
    for each in (head, other):
        with transaction():
            proposed = mandates.propose(agency.slug, role=Role.EDITOR, ends_on=now().date(), by=actor(each))
        with transaction():
            mandates.accept(proposed.id, by=actor(agent))
    merge(winner, loser, admin)
    assert db.session.scalar(select(OrganizationNumber.organization_id)) == winner.id
    assert [row.principal.id for row in mandates.public(agency.id)] == [winner.id]
    assert duplicates.like(loser.id) == []


def test_two_sides_of_one_open_deal_are_not_merged(winner, loser, admin, client):
    fair = make_fair()
    thread = ask(make_listing(Kind.ACHIEVEMENT, winner, fair), actor(make_member(loser)))
    with pytest.raises(merging.Hindered) as refused:
        merge(winner, loser, admin)
    assert thread.reference in str(refused.value.detail)
    assert db.session.get(Organization, loser.id).status is Status.APPROVED
    sign_in(client, save_admin())
    page = client.get(f"/staff/organizations/{winner.id}/merge/{loser.id}").text
    assert thread.reference in page
    assert "Merge them now" not in page
    unsure = client.post(f"/staff/organizations/{winner.id}/merge/{loser.id}", data=form_token(client, f"/staff/organizations/{winner.id}/merge/{loser.id}"))
    assert unsure.status_code == 422
    answer = client.post(f"/staff/organizations/{winner.id}/merge/{loser.id}", data=form_token(client, f"/staff/organizations/{winner.id}/merge/{loser.id}") | {"compared": "on"})
    assert answer.status_code == 409
    told = client.post(f"/api/v1/organizations/{winner.id}/merge/{loser.id}", headers=api(make_token(save_admin())))
    assert (told.status_code, told.json["type"], len(told.json["reasons"])) == (409, "/problems/merge-hindered", 1)


@pytest.mark.parametrize(("status", "open_ones"), [(Status.APPROVED, 1), (Status.PENDING, 0)])
def test_a_copy_that_nobody_approved_gives_nothing_away(winner, loser, admin, status, open_ones):
    """Who registers a copy of somebody else's organisation could otherwise invite an owner into the real one."""
    loser.status = status
    db.session.commit()
    by = actor(make_member(loser), loser)
    agency = make_organization()
    with transaction():
        invitations.invite(loser.id, "accomplice@example.org", role=Role.OWNER, address="https://x.example/{secret}", by=by)
    save(Mandate(
        agency_id=agency.id, principal_id=loser.id, proposed_by_id=agency.id, proposed_by_person_id=by.person_id, role=Role.EDITOR, status=MandateStatus.IN_FORCE, proposed_at=now(),
        accepted_at=now(), ends_on=now().date() + timedelta(days=30),
    ))  # fmt: skip
    merge(winner, loser, admin)
    still = select(func.count()).select_from(Invitation).where(Invitation.organization_id == winner.id, Invitation.revoked_at.is_(None))
    in_force = select(func.count()).select_from(Mandate).where(Mandate.principal_id == winner.id, Mandate.status == MandateStatus.IN_FORCE)
    assert (db.session.scalar(still), db.session.scalar(in_force)) == (open_ones, open_ones)


def save_admin():
    return make_person(admin=True)


def test_two_threads_about_one_listing_are_not_merged(winner, loser, admin):
    fair = make_fair()
    need = make_listing(Kind.NEED, make_organization(kind=OrganizationKind.COMPANY), fair)
    for organization in (winner, loser):
        ask(need, actor(make_member(organization)))
    with pytest.raises(merging.Hindered):
        merge(winner, loser, admin)


def test_pressed_again_it_takes_what_came_late_and_says_no_more_than_that(winner, loser, admin):
    merge(winner, loser, admin)
    rows = db.session.scalar(select(func.count()).select_from(AuditRow))
    merge(winner, loser, admin)
    assert db.session.scalar(select(func.count()).select_from(AuditRow)) == rows
    late = make_listing(Kind.ACHIEVEMENT, loser, make_fair())
    row = db.session.scalars(select(jobs.OutboxRow).where(jobs.OutboxRow.task == "organizations.sweep_merged")).one()
    row.due_at = now()
    db.session.commit()
    assert jobs.run(row.id)
    assert db.session.get(Listing, late.id).organization_id == winner.id
    [*_, again] = db.session.scalars(select(AuditRow).where(AuditRow.action == "organizations.merge").order_by(AuditRow.seq))
    assert again.facts == {"merged": str(loser.id), "moved": 1, "again": True}


@pytest.mark.one_database
def test_old_addresses_lead_on_also_over_two_merges(winner, loser, admin, client):
    last = make_organization(name_en="The Metal Institute", name_key="themetalinstitute", slug="last", kind=OrganizationKind.INSTITUTE)
    merge(winner, loser, admin)
    merge(last, winner, admin)
    answer = client.get("/organizations/institute-metal")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/organizations/last")
    told = client.get(f"/api/v1/organizations/{loser.id}")
    assert (told.status_code, told.headers["Location"]) == (301, f"/api/v1/organizations/{last.id}")
    assert set(db.session.get(Organization, last.id).absorbed) == {str(winner.id), str(loser.id)}
    listed = client.get("/organizations").text
    assert ("institute-metal" in listed, 'href="/organizations/last"' in listed) == (False, True)
    assert client.get(f"/staff/organizations/{loser.id}").status_code == 303
    db.session.get(Organization, last.id).status = Status.DECLINED
    db.session.commit()
    assert client.get("/organizations/institute-metal").status_code == 404


@pytest.mark.one_database
def test_the_name_stays_taken_until_the_winner_bears_it(winner, loser, admin):
    owner = make_member(winner)
    merge(winner, loser, admin)
    with pytest.raises(Duplicate), transaction():
        service.register("institute", name_en="Institute Metal", country="CN", by=actor(make_person()))
    with transaction():
        service.edit(db.session.get(Organization, winner.id, with_for_update=True), by=actor(owner), name_en="Institute Metal")
    assert db.session.get(Organization, winner.id).name_key == "institutemetal"


@pytest.mark.one_database
def test_who_may_merge_what(winner, loser, admin):
    with pytest.raises(Forbidden):
        merge(winner, loser, actor(make_member(winner)))
    with pytest.raises(NotFound):
        merge(winner, winner, admin)
    merge(winner, loser, admin)
    third = make_organization()
    for one, other in ((third, loser), (loser, third)):
        with pytest.raises(merging.Hindered):
            merge(one, other, admin)
    with pytest.raises(NotFound), transaction():
        service.approve(loser.id, by=admin)


def test_of_two_merges_at_once_one_wins(own_app):
    """A into B and B into A, then C into D and into E: the second finds the first's work and is refused."""
    ids = {}
    for name in "abcde":
        organization = make_organization(name_en=f"Institute {name}", name_key=f"institute{name}")
        make_listing(Kind.ACHIEVEMENT, organization, make_fair())
        ids[name] = organization.id
    db.session.remove()
    for one, other in (("ab", "ba"), ("dc", "ec")):
        works = [lambda pair=pair: merging.merge(ids[pair[0]], ids[pair[1]], by=None) for pair in (one, other)]
        assert rush(own_app, works) == {"won": 1, "409": 1}
        db.session.remove()
    merged = list(db.session.scalars(select(Organization.id).where(Organization.merged_into_id.is_not(None))))
    assert len(merged) == 2
    assert not db.session.scalar(select(func.count()).select_from(Listing).where(Listing.organization_id.in_(merged)))
