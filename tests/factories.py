"""make_x(**fields): the smallest valid x, saved. Actors are made as the product makes them: from memberships and staff."""

from datetime import date, timedelta
from itertools import count
from types import MappingProxyType
from typing import Any

from marketplace.accounts import passwords, service, tokens
from marketplace.accounts.models import Person
from marketplace.core.access import PERMISSIONS, Actor, Identity
from marketplace.core.clock import now
from marketplace.core.db import db, transaction
from marketplace.fairs import grants as fair_grants
from marketplace.fairs.models import Fair, Staff, StaffRole
from marketplace.organizations import grants as organization_grants
from marketplace.organizations.models import Kind, Membership, Organization, Role, Status

numbers = count(1)
PASSWORD = "correct horse battery"


def save(row):
    db.session.add(row)
    db.session.commit()
    return row


def make_person(**fields) -> Person:
    n = next(numbers)
    password = fields.pop("password", None)
    row = Person(**{"name": f"Person {n}", "email": f"person{n}@example.org", "created_at": now()} | fields)
    row.password_hash = passwords.hash_password(password) if password else None
    return save(row)


def make_organization(**fields) -> Organization:
    n = next(numbers)
    return save(Organization(**{
        "slug": f"organization-{n}", "kind": Kind.AGENCY, "name_en": f"Organization {n}", "name_key": f"organization {n}",
        "country": "CN", "status": Status.APPROVED, "created_at": now(),
    } | fields))  # fmt: skip


def make_member(organization=None, role=Role.OWNER, person=None, **fields) -> Person:
    person = person or make_person(**fields)
    organization = organization or make_organization()
    save(Membership(organization_id=organization.id, person_id=person.id, role=role, created_at=now()))
    return person


def make_fair(**fields) -> Fair:
    n = next(numbers)
    today = date.today()
    return save(Fair(**{
        "slug": f"fair-{n}", "name_en": f"Fair {n}", "name_zh": f"交易会 {n}", "base_currency": "CNY", "time_zone": "Asia/Shanghai",
        "opens_on": today - timedelta(days=2), "closes_on": today + timedelta(days=2), "created_at": now(),
    } | fields))  # fmt: skip


def make_staff(fair, *roles, person=None, **fields) -> Person:
    person = person or make_person(**fields)
    for role in roles or ("manager",):
        save(Staff(fair_id=fair.id, person_id=person.id, role=StaffRole(role), created_at=now()))
    return person


def do(step: Any, *args: Any, **kwargs: Any) -> Any:
    """One service call as an edge makes it: in one transaction."""
    with transaction():
        return step(*args, **kwargs)


def actor(person, organization=None) -> Actor:
    """The actor that a page would see for this person, acting for the organisation (their first one unless given)."""
    identity = Identity(person_id=person.id, name=person.name, email=person.email, admin=person.admin,
                        wants_organization=organization.id if organization else None)  # fmt: skip
    grants = {"staff": MappingProxyType({})}
    organization_grants.load(identity, grants)
    fair_grants.load(identity, grants)
    return Actor(person_id=person.id, name=person.name, email=person.email, admin=person.admin, **grants)


def make_token(person, organization=None, permissions=None) -> str:
    """A bearer token's secret."""
    _, secret = tokens.create("test", permissions or sorted(PERMISSIONS), days=1, person_id=person.id,
                              organization_id=organization.id if organization else None, by=None)  # fmt: skip
    db.session.commit()
    return secret


def api(secret=None, key=None, **more) -> dict[str, str]:
    """Headers of an API call: bearer token and a fresh idempotency key."""
    headers = {"Idempotency-Key": key or f"key-{next(numbers)}", **more}
    return headers | ({"Authorization": f"Bearer {secret}"} if secret else {})


def sign_in(client, person, organization=None) -> None:
    """Put a started session into the test client's cookie, without the sign-in page."""
    secret = make_sign_in(person, organization)
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = secret, True


def make_sign_in(person, organization=None) -> str:
    """A started session's secret."""
    session_row, secret = service.start_session(person)
    session_row.organization_id = organization.id if organization else None
    db.session.commit()
    return secret


def form_token(client, path) -> dict[str, str]:
    """The hidden fields of the page's first form that has them: what a browser would send back."""
    import re

    text = client.get(path).text
    found = dict(re.findall(r'<input type="hidden" name="(csrf_token|once|acting)" value="([^"]*)"', text))
    assert "csrf_token" in found, text[:500]
    return found
