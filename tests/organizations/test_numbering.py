"""Numbers of organisations: one holder each, the same refusal for everybody, both claims shown to staff; and the mark that rests on them."""

import pytest
from sqlalchemy import select

from marketplace.core.audit import AuditRow
from marketplace.core.db import db, transaction
from marketplace.core.errors import Duplicate, Forbidden, FourEyes, IllegalMove, NotFound
from marketplace.organizations import duplicates, numbering, service, verifying
from marketplace.organizations.models import Organization, OrganizationNumber, Role, Status, VerifiedBy
from marketplace.organizations.numbers import Scheme
from tests.factories import actor, api, form_token, make_fair, make_member, make_organization, make_staff, make_token, sign_in

TSINGHUA, PEKING = "03cve4549", "02v51f717"


def add(organization, by, value=TSINGHUA):
    with transaction():
        return numbering.add(organization.id, Scheme.ROR, value=value, by=by)


@pytest.fixture
def manager(app):
    return actor(make_staff(make_fair()))


def verified(organization, by):
    with transaction():
        return verifying.verify(organization.id, VerifiedBy.REGISTER, note="seen in ROR", by=by)


def test_an_owner_adds_a_number_once_and_staff_any(app, manager):
    organization = make_organization()
    by = actor(make_member(organization))
    assert add(organization, by, f"https://ror.org/{TSINGHUA}").value == TSINGHUA
    assert add(organization, by).id == add(organization, manager).id
    assert add(make_organization(), manager, PEKING).value == PEKING
    with pytest.raises(NotFound):
        add(make_organization(), by, PEKING)
    with pytest.raises(Forbidden):
        add(organization, actor(make_member(organization, Role.EDITOR)), PEKING)


def test_a_taken_number_is_refused_in_one_text_and_both_are_shown_to_staff(app, client, manager):
    holder, claimant = make_organization(name_en="First Institute"), make_organization(name_en="Second Institute")
    add(holder, manager)
    person = make_member(claimant)
    sign_in(client, person)
    answer = client.post("/organization/numbers", data=form_token(client, "/organization") | {"scheme": "ror", "value": TSINGHUA})
    told = client.post(f"/api/v1/organizations/{claimant.id}/numbers", json={"scheme": "ror", "value": TSINGHUA}, headers=api(make_token(person, claimant)))
    assert (answer.status_code, told.status_code) == (409, 409)
    assert told.json["errors"][0]["pointer"] == "/value"
    for text in (answer.text, told.text):
        assert "Another organisation has this number" in text
        assert "First Institute" not in text
    [alike] = duplicates.proposals().rows
    assert [each.name for each in alike.organizations] == ["First Institute", "Second Institute"]
    assert db.session.query(OrganizationNumber).count() == 1


@pytest.mark.one_database
def test_a_wrong_number_names_the_field_and_the_reason(app, client):
    person = make_member(make_organization())
    sign_in(client, person)
    answer = client.post("/organization/numbers", data=form_token(client, "/organization") | {"scheme": "uscc", "value": "91310115MA1H8R7C6D"})
    assert answer.status_code == 422
    assert 'data-code="number_check"' in answer.text
    assert "91310115MA1H8R7C6D" in answer.text


def test_the_mark_says_who_when_and_how_and_falls_with_what_it_rests_on(app, manager):
    organization = make_organization(name_en="Northgate", name_key="northgate")
    owner = make_member(organization)
    number = add(organization, manager)
    marked = verified(organization, manager)
    assert (marked.verified_by, marked.verified_how, marked.verified_note) == (manager.person_id, VerifiedBy.REGISTER, "seen in ROR")

    def edit(**changes):
        with transaction():
            service.edit(db.session.get(Organization, organization.id, with_for_update=True), by=actor(owner), **changes)
        return db.session.get(Organization, organization.id).verified_at

    assert edit(about_en="We transfer.") is not None
    assert edit(website="https://other.example") is None
    verified(organization, manager)
    with transaction():
        numbering.remove(organization.id, number.id, by=actor(owner))
    assert db.session.get(Organization, organization.id).verified_at is None
    actions = list(db.session.scalars(select(AuditRow.action).where(AuditRow.subject == f"organization:{organization.id}").order_by(AuditRow.seq)))
    assert actions.count("organizations.verify") == actions.count("organizations.unverify") == 2


@pytest.mark.one_database
def test_who_may_verify(app, manager):
    organization = make_organization()
    with pytest.raises(Forbidden):
        verified(organization, actor(make_member(organization)))
    with pytest.raises(IllegalMove):
        verified(make_organization(status=Status.PENDING), manager)
    both = make_staff(make_fair(), person=make_member(organization))
    with pytest.raises(FourEyes):
        verified(organization, actor(both))


def test_a_number_that_another_takes_at_the_same_moment_is_refused(app, manager, monkeypatch):
    add(make_organization(), manager)
    monkeypatch.setattr(numbering, "_holder", lambda _scheme, _number: None)  # what it looked like a moment before
    with pytest.raises(Duplicate):
        add(make_organization(), manager)
