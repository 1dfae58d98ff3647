"""Mandates: proposed, accepted, ended at once by either side, over by their day; what somebody may do under one, and what stands in the log."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.core.audit import AuditRow
from marketplace.core.clock import now, shifted
from marketplace.core.db import db, transaction
from marketplace.core.errors import Duplicate, Forbidden, IllegalMove, Invalid, NotFound
from marketplace.core.jobs import OutboxRow
from marketplace.listings import drafting
from marketplace.listings.models import Kind as ListingKind
from marketplace.organizations import mandates
from marketplace.organizations.models import MANDATE_MOVES, Kind, Mandate, MandateStatus, Organization, Role, Status
from tests.factories import actor, api, form_token, make_member, make_organization, make_person, make_token, sign_in
from tests.listings.factories_listings import COMPLETE

DAY = timedelta(days=1)


@pytest.fixture
def agency(app):
    return make_organization(kind=Kind.AGENCY, name_en="Northgate", name_key="northgate")


@pytest.fixture
def institute(app):
    return make_organization(kind=Kind.INSTITUTE, name_en="Metal Institute", name_key="metalinstitute")


@pytest.fixture
def agent(agency):
    return make_member(agency)


@pytest.fixture
def head(institute):
    return make_member(institute)


def propose(by, other, role=Role.EDITOR, days=30):
    with transaction():
        return mandates.propose(other.slug, role=role, ends_on=now().date() + days * DAY, by=by)


def accept(mandate, by):
    with transaction():
        return mandates.accept(mandate.id, by=by)


def end(mandate, by):
    with transaction():
        return mandates.end(mandate.id, by=by)


def in_force(agency, institute, agent, head, role=Role.EDITOR, days=30):
    return accept(propose(actor(agent, agency), institute, role, days), actor(head, institute))


@pytest.mark.parametrize("by_agency", [True, False])
def test_one_side_proposes_the_other_accepts(agency, institute, agent, head, by_agency):
    mine, other = (actor(agent), actor(head)) if by_agency else (actor(head), actor(agent))
    mandate = propose(mine, institute if by_agency else agency)
    assert (mandate.agency_id, mandate.principal_id, mandate.status) == (agency.id, institute.id, MandateStatus.PROPOSED)
    assert [each.slug for each in actor(agent).memberships] == [agency.slug]
    with pytest.raises(Forbidden):
        accept(mandate, mine)
    assert accept(mandate, other).status is MandateStatus.IN_FORCE
    acting = actor(agent).memberships[1]
    assert (acting.slug, acting.role, acting.agency, acting.mandate_id) == (institute.slug, "editor", "Northgate", mandate.id)
    mails = db.session.scalars(select(OutboxRow).where(OutboxRow.task == "mail.send")).all()
    assert len(mails) == 2


def test_either_side_ends_it_at_once_for_sessions_and_tokens(agency, institute, agent, head, client):
    mandate = in_force(agency, institute, agent, head)
    token = make_token(agent, institute)
    sign_in(client, agent, institute)
    assert "Northgate for Metal Institute" in client.get("/organization").text
    assert client.get("/api/v1/me", headers=api(token)).json["acting"]["slug"] == institute.slug
    end(mandate, actor(head))
    assert client.get("/api/v1/me", headers=api(token)).json["acting"] is None
    page = client.get("/organization").text
    assert "Metal Institute" not in page
    with pytest.raises(IllegalMove):
        end(mandate, actor(agent))


def test_it_is_over_when_its_day_is(agency, institute, agent, head):
    mandate = in_force(agency, institute, agent, head, days=1)
    with shifted(DAY):
        assert len(actor(agent).memberships) == 2
    with shifted(2 * DAY):
        assert len(actor(agent).memberships) == 1
        assert (mandates.standing(mandate), list(mandates.public(institute.id))) == ("expired", [])
        again = propose(actor(agent), institute)
    db.session.refresh(mandate)
    assert (again.status, mandate.status) == (MandateStatus.PROPOSED, MandateStatus.ENDED)


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("given", "there", "gets"),
    [(Role.EDITOR, Role.OWNER, "editor"), (Role.EDITOR, Role.EDITOR, "editor"), (Role.EDITOR, Role.READER, "reader"), (Role.READER, Role.OWNER, "reader")],
)
def test_nobody_may_more_than_the_mandate_and_their_own_role(agency, institute, agent, head, given, there, gets):
    in_force(agency, institute, agent, head, given)
    by = actor(make_member(agency, there), institute)
    assert (by.organization_id, by.acting.role) == (institute.id, gets)
    assert not by.may("organizations.manage")
    assert not by.may("organizations.mandate")
    assert by.may("listings.write") is (gets == "editor")


@pytest.mark.one_database
@pytest.mark.parametrize("side", ["agency", "institute"])
def test_it_holds_only_between_approved_organisations(agency, institute, agent, head, side):
    in_force(agency, institute, agent, head)
    db.session.get(Organization, {"agency": agency, "institute": institute}[side].id).status = Status.DECLINED
    db.session.commit()
    assert [each.slug for each in actor(agent).memberships] == [agency.slug]


@pytest.mark.one_database
def test_who_belongs_to_the_principal_acts_as_its_member(agency, institute, agent, head):
    in_force(agency, institute, agent, head)
    make_member(institute, Role.READER, agent)
    assert [(each.slug, each.role, each.mandate_id) for each in actor(agent).memberships] == [(agency.slug, "owner", None), (institute.slug, "reader", None)]


@pytest.mark.one_database
def test_what_is_refused(agency, institute, agent, head):
    by, company = actor(agent), make_organization(kind=Kind.COMPANY)
    other_agency = make_organization(kind=Kind.AGENCY)
    for there, faults in ((make_organization(kind=Kind.ORGANISER), "mandate_kinds"), (other_agency, "mandate_kinds"), (agency, "reference")):
        with pytest.raises(Invalid) as refused:
            propose(by, there)
        assert refused.value.errors[0].code == faults
    with pytest.raises(Invalid):
        propose(actor(make_member(company)), institute)
    for days, code in ((-1, "past"), (5 * 366 + 1, "too_far")):
        with pytest.raises(Invalid) as refused:
            propose(by, institute, days=days)
        assert refused.value.errors[0].code == code
    mandate = propose(by, institute)
    with pytest.raises(Duplicate):
        propose(actor(head), agency)
    with pytest.raises(NotFound):
        accept(mandate, actor(make_member(company)))
    with pytest.raises(Forbidden):
        accept(mandate, actor(make_member(institute, Role.EDITOR)))


@pytest.mark.one_database
def test_nobody_is_flooded_with_proposals(agency, institute, agent, head, monkeypatch):
    monkeypatch.setattr(mandates, "PROPOSED_A_DAY", 1)
    end(propose(actor(agent), institute), actor(agent))
    with pytest.raises(mandates.TooManyProposals):
        propose(actor(agent), institute)


@pytest.mark.one_database
@pytest.mark.parametrize("start", MandateStatus)
@pytest.mark.parametrize("step", ["accept", "end"])
def test_every_move_of_a_mandate(agency, institute, agent, head, start, step):
    mandate = propose(actor(agent), institute)
    mandate.status = start
    mandate.accepted_at = now() if start is MandateStatus.IN_FORCE else None
    mandate.ended_at = now() if start is MandateStatus.ENDED else None
    db.session.commit()
    goal = MandateStatus.IN_FORCE if step == "accept" else MandateStatus.ENDED
    if goal in MANDATE_MOVES[start]:
        assert (accept if step == "accept" else end)(mandate, actor(head)).status is goal
    else:
        with pytest.raises(IllegalMove):
            (accept if step == "accept" else end)(mandate, actor(head))


def test_the_log_says_who_acted_for_whom_under_which_mandate(agency, institute, agent, head):
    mandate = in_force(agency, institute, agent, head)
    by = actor(agent, institute)
    with transaction():
        listing = drafting.create(ListingKind.ACHIEVEMENT, COMPLETE[ListingKind.ACHIEVEMENT], by=by)
    [row] = db.session.scalars(select(AuditRow).where(AuditRow.subject == f"listing:{listing.id}"))
    assert (row.person_id, row.organization_id) == (agent.id, institute.id)
    assert row.facts["mandate"] == str(mandate.id)
    assert row.facts["agency"] == str(agency.id)
    assert listing.organization_id == institute.id


@pytest.mark.one_database
def test_the_pages_from_proposal_to_end(agency, institute, agent, head, client):
    sign_in(client, agent, agency)
    assert "Propose a mandate" in client.get(f"/organizations/{institute.slug}").text
    last = (now().date() + 30 * DAY).isoformat()
    token = form_token(client, "/organization/mandates")
    wrong = client.post("/organization/mandates", data=token | {"organization": institute.slug, "role": "editor", "ends_on": "2001-01-01"})
    assert (wrong.status_code, 'data-code="past"' in wrong.text) == (422, True)
    sent = client.post("/organization/mandates", data=form_token(client, "/organization/mandates") | {"organization": institute.slug, "role": "editor", "ends_on": last})
    assert sent.status_code == 303
    mandate = db.session.scalars(select(Mandate)).one()
    assert "Represented by" not in client.get(f"/organizations/{institute.slug}").text
    other = client.application.test_client()
    sign_in(other, head, institute)
    path = f"/organization/mandates/{mandate.id}"
    assert other.post(f"{path}/accept", data=form_token(other, "/organization/mandates")).status_code == 303
    page = client.application.test_client().get(f"/organizations/{institute.slug}").text
    assert "Represented by" in page
    assert "Northgate" in page
    assert "Northgate" in client.get(f"/api/v1/organizations/{institute.id}").text
    assert client.post(f"{path}/end", data=form_token(client, "/organization/mandates")).status_code == 303
    assert "Represented by" not in other.get(f"/organizations/{institute.slug}").text


@pytest.mark.one_database
def test_a_stranger_and_a_member_without_the_right_get_nothing(agency, institute, agent, head, client):
    mandate = propose(actor(agent), institute)
    token = make_token(make_person())
    assert client.get("/api/v1/mandates", headers=api(token)).status_code == 403
    outsider = make_member(make_organization())
    answer = client.post(f"/api/v1/mandates/{mandate.id}/accept", headers=api(make_token(outsider, None, ["organizations.mandate"])))
    assert answer.status_code in {403, 404}
