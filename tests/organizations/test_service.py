"""Registering, deciding, editing and switching, each with its refusals."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from marketplace.accounts.models import SignIn
from marketplace.accounts.service import start_session
from marketplace.core.audit import AuditRow
from marketplace.core.db import db, transaction
from marketplace.core.errors import Duplicate, Forbidden, FourEyes, IllegalMove, Invalid, NotFound
from marketplace.core.jobs import OutboxRow
from marketplace.organizations import queries, service
from marketplace.organizations.models import MOVES, Membership, Role, Status
from tests.factories import actor, make_fair, make_member, make_organization, make_person, make_staff

FACTS = {"country": "CN", "name_en": "Northgate Transfer", "name_zh": "北门技术转移"}


def register(by, **facts):
    with transaction():
        return service.register(facts.pop("kind", "agency"), by=by, **(FACTS | facts))


@pytest.fixture
def manager(app):
    return actor(make_staff(make_fair()))


def mails():
    return [row.payload for row in db.session.scalars(select(OutboxRow).where(OutboxRow.task == "mail.send").order_by(OutboxRow.id))]


def actions(subject):
    return list(db.session.scalars(select(AuditRow.action).where(AuditRow.subject == subject).order_by(AuditRow.id)))


def test_who_registers_owns_what_waits_for_approval(app):
    person = make_person()
    organization = register(actor(person))
    assert (organization.status, organization.slug) == (Status.PENDING, "northgate-transfer")
    membership = db.session.scalars(select(Membership).where(Membership.organization_id == organization.id)).one()
    assert (membership.person_id, membership.role) == (person.id, Role.OWNER)
    assert actions(f"organization:{organization.id}") == ["organizations.register", "organizations.join"]
    acting = actor(person).acting
    assert acting.id == organization.id
    assert not acting.approved


@pytest.mark.parametrize(
    ("name_en", "name_zh"),
    [
        ("NORTHGATE  TRANSFER", None),
        ("Nоrthgate Transfer", None),  # a Cyrillic о
        ("Ｎorthgate-Transfer", "别的名字"),
        ("Quite another", "北门 技术转移"),
        (None, "北门技术转移"),
        ("北门技术转移", "North gate transfer"),
    ],
)
def test_a_second_one_of_that_name_is_refused(app, name_en, name_zh):
    register(actor(make_person()))
    with pytest.raises(Duplicate):
        register(actor(make_person()), name_en=name_en, name_zh=name_zh)


def test_an_accent_in_one_or_two_parts_is_one_name(app):
    register(actor(make_person()), name_en="Caf\u00e9 Lab", name_zh=None)
    with pytest.raises(Duplicate):
        register(actor(make_person()), name_en="Cafe\u0301 Lab", name_zh=None)
    assert register(actor(make_person()), name_en="Cafe Lab", name_zh=None).slug == "cafe-lab-2"


def test_the_database_refuses_a_second_name_too(app):
    make_organization(name_key="one", other_name_key="other")
    for taken in ({"name_key": "one"}, {"other_name_key": "other"}):
        with pytest.raises(IntegrityError):
            make_organization(**taken)
        db.session.rollback()


def test_addresses_are_numbered_when_they_would_be_the_same(app):
    slugs = [register(actor(make_person()), name_en=name, name_zh=None).slug for name in ("Ab 中", "Ab 国", "Ab 人")]
    assert slugs == ["ab", "ab-2", "ab-3"]


@pytest.mark.parametrize(
    ("facts", "field", "code"),
    [
        ({"name_en": None, "name_zh": None}, "/name_en", "name_missing"),
        ({"name_en": "...", "name_zh": None}, "/name_en", "name_missing"),
        ({"name_en": None, "name_zh": "。"}, "/name_zh", "name_missing"),
        ({"country": "DE", "region": "11"}, "/region", "region_country"),
    ],
)
def test_facts_that_do_not_fit_are_refused(app, facts, field, code):
    with pytest.raises(Invalid) as caught:
        register(actor(make_person()), **facts)
    assert [(e.pointer, e.code) for e in caught.value.errors] == [(field, code)]


@pytest.mark.parametrize("start", Status)
@pytest.mark.parametrize("end", Status)
def test_every_pair_of_states(app, manager, start, end):
    organization = make_organization(status=start)
    if end is Status.PENDING:
        assert end not in MOVES[start]
        return
    decide = service.approve if end is Status.APPROVED else lambda found, by: service.decline(found, "No proof.", by=by)
    if end in MOVES[start]:
        with transaction():
            decide(organization.id, by=manager)
        assert organization.status is end
    else:
        with pytest.raises(IllegalMove), transaction():
            decide(organization.id, by=manager)


def test_owners_learn_of_the_decision_and_its_reason(app, manager):
    organization = make_organization(status=Status.PENDING)
    owner = make_member(organization)
    make_member(organization, role=Role.EDITOR)
    with transaction():
        service.decline(organization.id, "The seat could not be found.", by=manager)
        service.approve(organization.id, by=manager)
    assert [mail["to"] for mail in mails()] == [owner.email, owner.email]
    assert "The seat could not be found." in mails()[0]["body"]
    assert organization.name_en in mails()[1]["subject"]
    assert organization.reason is None
    assert actions(f"organization:{organization.id}") == ["organizations.decline", "organizations.approve"]


def test_only_approvers_decide(app):
    organization = make_organization(status=Status.PENDING)
    for person in (make_member(organization), make_person(), make_staff(make_fair(), "clerk", "moderator", "verifier")):
        with pytest.raises(Forbidden), transaction():
            service.approve(organization.id, by=actor(person))
        with pytest.raises(Forbidden), transaction():
            service.decline(organization.id, "No.", by=actor(person))
    assert organization.status is Status.PENDING


def test_nobody_decides_on_their_own_organisation_but_the_administrator(app):
    organization = make_organization(status=Status.PENDING)
    person = make_member(organization, person=make_staff(make_fair()))
    with pytest.raises(FourEyes), transaction():
        service.approve(organization.id, by=actor(person))
    admin = make_member(organization, role=Role.EDITOR, person=make_person(admin=True))
    with transaction():
        service.approve(organization.id, by=actor(admin))
    assert organization.status is Status.APPROVED


def test_an_unknown_organisation_is_not_found(app, manager):
    with pytest.raises(NotFound), transaction():
        service.approve(make_person().id, by=manager)


def test_a_declined_organisation_loses_its_rights_at_once(app, manager):
    organization = make_organization()
    editor = make_member(organization, role=Role.EDITOR)
    assert actor(editor).acting.approved
    with transaction():
        service.decline(organization.id, "Its licence ended.", by=manager)
    assert not actor(editor).acting.approved


def test_owners_edit_the_profile_and_its_name_stays_unique(app):
    other = register(actor(make_person()))
    owner = make_member(make_organization(name_en="Old name", name_key="oldname"))
    by = actor(owner)
    with transaction():
        organization = queries.own(by.organization_id, by=by, lock=True)
        service.edit(organization, by=by, name_en="New name", website="https://example.org")
    assert (organization.name_key, organization.website, organization.version) == ("newname", "https://example.org", 2)
    with pytest.raises(Duplicate), transaction():
        service.edit(queries.own(by.organization_id, by=by, lock=True), by=by, name_en=other.name_en)
    with transaction():
        service.edit(queries.own(by.organization_id, by=by, lock=True), by=by, name_zh="新名")
    assert queries.own(by.organization_id, by=by).other_name_key == "新名"


@pytest.mark.parametrize("role", [Role.EDITOR, Role.READER])
def test_others_do_not_edit_the_profile(app, role):
    organization = make_organization()
    by = actor(make_member(organization, role=role))
    with pytest.raises(Forbidden), transaction():
        service.edit(queries.own(organization.id, by=by, lock=True), by=by, name_en="Mine now")
    stranger = actor(make_member())
    with pytest.raises(NotFound), transaction():
        service.edit(organization, by=stranger, name_en="Mine now")


def test_a_person_acts_for_one_of_their_own_organisations(app):
    first, second, foreign = make_organization(), make_organization(), make_organization()
    person = make_member(second, person=make_member(first))
    with transaction():
        session, _ = start_session(person)
    by = replace(actor(person), sign_in_id=session.id)
    with transaction():
        service.switch(second.slug, by=by)
    assert db.session.get(SignIn, session.id, populate_existing=True).organization_id == second.id
    for slug in (foreign.slug, "nobody", ""):
        with pytest.raises(NotFound), transaction():
            service.switch(slug, by=by)


def test_the_operator_creates_one_that_is_approved_and_owned(app):
    owner = make_person()
    with transaction():
        organization = service.create("institute", name_zh="热工研究所", country="CN", slug="thermal", owner=owner.email, approved=True)
    assert (organization.slug, organization.status) == ("thermal", Status.APPROVED)
    assert actor(owner).acting.role == "owner"
    with pytest.raises(Duplicate), transaction():
        service.create("institute", name_en="Other", country="CN", slug="thermal")


def test_a_search_takes_signs_literally(app):
    make_organization(name_en="100% Solar_Works", name_key="100solarworks")
    make_organization(name_en="Plain Solar", name_key="plainsolar", name_zh="阳光", other_name_key="阳光")

    def names(q):
        return {found.name_en for found in db.session.scalars(queries.directory(q=q))}

    assert names("%") == {"100% Solar_Works"}
    assert names("_") == {"100% Solar_Works"}
    assert names("SOLAR") == {"100% Solar_Works", "Plain Solar"}
    assert names("solar works") == {"100% Solar_Works"}
    assert names("阳光") == {"Plain Solar"}
    assert names("/") == set()
