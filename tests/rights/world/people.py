"""Organisations A, B and C, staff here and elsewhere, and the links that stand in their mails."""

import re
from typing import Any

from marketplace.accounts import service as accounts
from marketplace.accounts import tokens
from marketplace.accounts.models import ApiToken, SignIn
from marketplace.core import jobs
from marketplace.core.db import db
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.fairs.models import Staff
from marketplace.ledger import scopes
from marketplace.organizations import invitations
from marketplace.organizations.models import Invitation, Role
from marketplace.organizations.models import Kind as OrganizationKind
from marketplace.organizations.models import Status as OrganizationStatus
from tests.factories import PASSWORD, make_fair, make_member, make_organization, make_person, make_sign_in, make_staff, make_token
from tests.listings.factories_listings import make_segment
from tests.rights.world.whole import TOKEN_MAY, World, do


def add_people(world: World) -> None:
    things, people = world.things, world.people
    fair = things["fair"] = make_fair(current=True)
    other_fair = things["other_fair"] = make_fair()
    for each in (fair, other_fair):
        do(scopes.on_fair_created, None, fair=each, by=None)
    things["segment"] = make_segment(fair)
    a = things["a"] = make_organization(kind=OrganizationKind.AGENCY, name_en="Northgate", name_key="northgate", country="DE")
    b = things["b"] = make_organization(kind=OrganizationKind.COMPANY, name_en="Hengyuan", name_key="hengyuan")
    c = things["c"] = make_organization(kind=OrganizationKind.COMPANY)
    pending = things["waiting"] = make_organization(status=OrganizationStatus.PENDING)
    for role, organization, position in (
        ("a_owner", a, Role.OWNER), ("a_editor", a, Role.EDITOR), ("a_reader", a, Role.READER), ("b_owner", b, Role.OWNER),
        ("c_owner", c, Role.OWNER), ("pending", pending, Role.OWNER),
    ):  # fmt: skip
        people[role] = make_member(organization, position, make_person(password=PASSWORD))
        world.acting[role] = organization
    for role in ("manager", "moderator", "clerk", "verifier"):
        people[role] = make_staff(fair, role, person=make_person(password=PASSWORD))
    people["other_staff"] = make_staff(other_fair, "manager", "moderator", "clerk", "verifier", person=make_person(password=PASSWORD))
    people["admin"] = make_person(admin=True, password=PASSWORD)
    people["a_token"], world.acting["a_token"] = people["a_owner"], a
    spare = things["spare_member"] = make_member(a, Role.READER)  # somebody whose membership can be ended
    things["spare_email"] = make_person().email
    things["waits_nowhere"] = make_organization()  # one more neighbour, to ask for a meeting
    things["spare_staff"] = _appointed(fair, make_person())
    for role, person in people.items():
        world.tokens[role] = make_token(person, world.acting.get(role), [TOKEN_MAY] if role == "a_token" else None)
        world.sessions[role] = make_sign_in(person, world.acting.get(role))
    assert spare.id


def _appointed(fair: Any, person: Any) -> Any:
    make_staff(fair, "clerk", person=person)
    return db.session.query(Staff).filter_by(fair_id=fair.id, person_id=person.id).one()


def add_secrets(world: World) -> None:
    """Links as they stand in mails, and things of A's owner's account."""
    things, owner = world.things, world.people["a_owner"]
    things["session"] = do(accounts.start_session, owner)[0]
    things["token"] = do(tokens.create, "mine", [TOKEN_MAY], days=1, person_id=owner.id, organization_id=None, by=None)[0]
    things["invitation"], things["invitation_secret"] = _invited(world, "newcomer@example.org")
    things["invitation_to_c"], things["invitation_to_c_secret"] = _invited(world, world.people["c_owner"].email)
    things["registering"] = _mailed("register", "fresh@example.org", name="Fresh")
    things["resetting"] = _mailed("reset", owner.email)
    assert isinstance(things["session"], SignIn)
    assert isinstance(things["token"], ApiToken)


def _invited(world: World, email: str) -> tuple[Invitation, str]:
    before = len(OUTBOX_SEEN)
    found = do(invitations.invite, world.things["a"].id, email, role=Role.READER, address="/invitations/{secret}", by=world.by("a_owner"))
    return found, _secret_of("/invitations/", before)


def _mailed(purpose: str, email: str, **more: Any) -> str:
    before = len(OUTBOX_SEEN)
    do(accounts.send_link, purpose, email, address=f"/{purpose}/{{secret}}", **more)
    return _secret_of(f"/{purpose}/", before)


def _secret_of(path: str, before: int) -> str:

    jobs.sweep()
    [found] = [m for message in OUTBOX_SEEN[before:] for m in re.findall(path + r"([\w-]+)", message.get_content())]
    return str(found)
