"""Inviting, joining, roles and leaving; what a right that was taken away means."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.core.clock import now
from marketplace.core.db import db, transaction
from marketplace.core.errors import Duplicate, Forbidden, Gone, Invalid, NotFound
from marketplace.core.jobs import OutboxRow
from marketplace.organizations import invitations, members, queries
from marketplace.organizations.invitations import MAILS_A_DAY, TooManyInvitations
from marketplace.organizations.members import LastOwner
from marketplace.organizations.models import Invitation, Membership, Role
from tests.factories import actor, make_member, make_organization, make_person

ADDRESS = "https://fair.example/invitations/{secret}"


@pytest.fixture
def organization(app):
    return make_organization()


@pytest.fixture
def owner(organization):
    return make_member(organization)


def invite(by, email="new@example.org", role=Role.EDITOR):
    """The invitation and the secret that its mail holds."""
    with transaction():
        row = invitations.invite(by.organization_id, email, role=role, address=ADDRESS, by=by)
    mail = db.session.scalars(select(OutboxRow).order_by(OutboxRow.id.desc())).first().payload
    assert mail["to"] == email.lower()
    return row, re.search(r"/invitations/(\S+)", mail["body"])[1]


def role_of(organization, person):
    return db.session.scalar(
        select(Membership.role).where(
            Membership.organization_id == organization.id, Membership.person_id == person.id, Membership.ended_at.is_(None)
        )
    )


def test_an_invited_person_joins_once_with_the_role_offered(organization, owner):
    _, secret = invite(actor(owner), role=Role.READER)
    person = make_person(email="new@example.org")
    with transaction():
        invitations.accept(secret, by=actor(person))
    assert role_of(organization, person) is Role.READER
    with pytest.raises(Gone), transaction():
        invitations.accept(secret, by=actor(person))


def test_the_secret_is_not_stored(owner):
    row, secret = invite(actor(owner))
    assert secret not in row.secret_hash
    assert len(row.secret_hash) == 64


def test_a_stranger_joins_with_the_address_that_was_invited(organization, owner):
    _, secret = invite(actor(owner), email="New.Person@Example.org")
    with transaction():
        person = invitations.accept_as_stranger(secret, "New Person", password="a longer sentence")
    assert person.email == "new.person@example.org"
    assert role_of(organization, person) is Role.EDITOR


def test_a_weak_password_leaves_the_invitation_open(owner):
    _, secret = invite(actor(owner))
    with pytest.raises(Invalid), transaction():
        invitations.accept_as_stranger(secret, "New Person", password="short")
    assert invitations.opened(secret)
    assert db.session.scalar(select(Person).where(Person.email == "new@example.org")) is None


def test_somebody_elses_invitation_is_refused(organization, owner):
    _, secret = invite(actor(owner))
    other = make_person(email="other@example.org")
    with pytest.raises(Forbidden), transaction():
        invitations.accept(secret, by=actor(other))
    assert role_of(organization, other) is None
    assert invitations.opened(secret)


def test_an_old_an_unknown_and_a_withdrawn_invitation_are_gone(owner):
    by = actor(owner)
    row, secret = invite(by)
    row.expires_at = now() - timedelta(seconds=1)
    db.session.commit()
    with pytest.raises(Gone):
        invitations.opened(secret)
    with pytest.raises(Gone):
        invitations.opened("nothing")
    row, secret = invite(by)
    with transaction():
        invitations.revoke(by.organization_id, row.id, by=by)
    with pytest.raises(Gone):
        invitations.opened(secret)
    with pytest.raises(NotFound), transaction():
        invitations.revoke(by.organization_id, row.id, by=by)


def test_a_second_invitation_replaces_the_first(organization, owner):
    by = actor(owner)
    _, first = invite(by)
    _, second = invite(by, role=Role.READER)
    with pytest.raises(Gone):
        invitations.opened(first)
    assert invitations.opened(second)[0].role is Role.READER
    assert len(queries.open_invitations(organization, by=by)) == 1


def test_a_member_is_not_invited_again(organization, owner):
    member = make_member(organization, role=Role.READER)
    with pytest.raises(Duplicate):
        invite(actor(owner), email=member.email)


def test_one_address_gets_a_few_mails_a_day_from_all_together(app, organization, owner):
    for _ in range(MAILS_A_DAY):
        invite(actor(make_member(make_organization())))
    with pytest.raises(TooManyInvitations):
        invite(actor(owner))


@pytest.mark.parametrize("role", [Role.EDITOR, Role.READER])
def test_only_owners_manage_members(organization, owner, role):
    by = actor(make_member(organization, role=role))
    for act in (
        lambda: invitations.invite(organization.id, "x@example.org", role=Role.OWNER, address=ADDRESS, by=by),
        lambda: members.change_role(organization.id, by.person_id, role=Role.OWNER, by=by),
        lambda: members.end(organization.id, owner.id, by=by),
        lambda: queries.open_invitations(organization, by=by),
    ):
        with pytest.raises(Forbidden), transaction():
            act()
    assert role_of(organization, owner) is Role.OWNER


def test_owners_of_others_find_nothing(organization, owner):
    by = actor(make_member())
    for act in (
        lambda: invitations.invite(organization.id, "x@example.org", role=Role.OWNER, address=ADDRESS, by=by),
        lambda: members.change_role(organization.id, owner.id, role=Role.READER, by=by),
        lambda: members.end(organization.id, owner.id, by=by),
        lambda: queries.open_invitations(organization, by=by),
        lambda: queries.members(organization, by=by),
    ):
        with pytest.raises(NotFound), transaction():
            act()


def test_a_person_acts_for_one_organisation_at_a_time(organization):
    """A second membership opens nothing until it is switched to."""
    person = make_member(organization, person=make_member(make_organization()))
    with pytest.raises(NotFound):
        queries.members(organization, by=actor(person))
    assert len(queries.members(organization, by=actor(person, organization))) == 1


def test_a_role_changes_and_a_membership_ends_at_once(organization, owner):
    colleague = make_member(organization, role=Role.READER)
    with transaction():
        members.change_role(organization.id, colleague.id, role=Role.OWNER, by=actor(owner))
    assert actor(colleague).acting.role == "owner"
    with transaction():
        members.end(organization.id, owner.id, by=actor(colleague))
    assert actor(owner).acting is None
    assert not actor(owner).may("organizations.read")


def test_the_right_is_asked_again_under_the_lock(organization, owner):
    """Two owners remove each other at the same moment: the second one's rights were read before."""
    second = make_member(organization)
    before = actor(second)
    with transaction():
        members.end(organization.id, second.id, by=actor(owner))
    with pytest.raises(Forbidden), transaction():
        members.end(organization.id, owner.id, by=before)
    assert role_of(organization, owner) is Role.OWNER


def test_the_last_owner_stays(organization, owner):
    make_member(organization, role=Role.EDITOR)
    by = actor(owner)
    with pytest.raises(LastOwner), transaction():
        members.end(organization.id, owner.id, by=by)
    with pytest.raises(LastOwner), transaction():
        members.change_role(organization.id, owner.id, role=Role.EDITOR, by=by)
    make_member(organization)
    with transaction():
        members.end(organization.id, owner.id, by=by)
    assert role_of(organization, owner) is None


def test_everybody_may_leave(organization, owner):
    reader = make_member(organization, role=Role.READER)
    with transaction():
        members.end(organization.id, reader.id, by=actor(reader))
    assert role_of(organization, reader) is None


def test_who_is_no_member_cannot_be_ended(organization, owner):
    with pytest.raises(NotFound), transaction():
        members.end(organization.id, make_person().id, by=actor(owner))


@pytest.mark.parametrize("fall", ["end", "demote"])
def test_an_owner_who_falls_takes_their_open_invitations_along(organization, owner, fall):
    second = make_member(organization)
    _, back_door = invite(actor(second), email="backdoor@example.org", role=Role.OWNER)
    _, honest = invite(actor(owner), email="honest@example.org")
    with transaction():
        if fall == "end":
            members.end(organization.id, second.id, by=actor(owner))
        else:
            members.change_role(organization.id, second.id, role=Role.READER, by=actor(owner))
    with pytest.raises(Gone):
        invitations.opened(back_door)
    assert invitations.opened(honest)


def test_one_who_left_may_join_again(organization, owner):
    person = make_member(organization, role=Role.EDITOR)
    with transaction():
        members.end(organization.id, person.id, by=actor(owner))
    _, secret = invite(actor(owner), email=person.email)
    with transaction():
        invitations.accept(secret, by=actor(person))
    assert role_of(organization, person) is Role.EDITOR
    rows = db.session.scalars(select(Invitation).where(Invitation.organization_id == organization.id)).all()
    assert [row.accepted_at is not None for row in rows] == [True]
