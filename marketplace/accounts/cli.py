"""`flask accounts …`: people and tokens from the command line, for a new instance and for machines."""

import secrets
import sys
from uuid import UUID

import click
from flask import Flask
from flask.cli import AppGroup

from marketplace.accounts import erasing, service, tokens
from marketplace.accounts.events import person_created
from marketplace.accounts.models import Person
from marketplace.core.access import PERMISSIONS, Actor, Identity, actor_of
from marketplace.core.commands import answer, command

accounts = AppGroup("accounts", help="People and their API tokens.")


@accounts.command("create")
@click.option("--name", required=True)
@click.option("--email", required=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input; without it one is made and printed once.")
@click.option("--admin", is_flag=True, help="Make them the platform administrator.")
@click.option("--organization", metavar="SLUG", help="Make them a member of this organisation.")
@click.option("--role", type=click.Choice(["owner", "editor", "reader"]), default="owner", show_default=True)
@click.option("--language", type=click.Choice(["en", "zh"]), default="en", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def create(
    *, name: str, email: str, password_stdin: bool, admin: bool, organization: str | None, role: str, language: str, as_json: bool
) -> None:
    """Create a person who can sign in at once."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else secrets.token_urlsafe(12)
    with command():
        person = service.create(name, email, password=password, admin=admin, language=language)
        person_created.send(person, organization=organization, role=role)
        facts = {"id": str(person.id), "name": person.name, "email": person.email, "admin": admin, "organization": organization}
    if not password_stdin:
        facts["password"] = password
    answer(facts, as_json=as_json)


def _person(email: str) -> Person:
    person = service.by_email(email)
    if person is None:
        raise click.ClickException(f"Nobody has the mail address {email}.")
    return person


def _acting_for(person: Person) -> Actor:
    return actor_of(Identity(person_id=person.id, name=person.name, email=person.email, admin=person.admin))


@accounts.command("token")
@click.argument("email")
@click.option("--organization", metavar="SLUG", help="Whom the token acts for; without it the person's only organisation.")
@click.option("--permission", "permissions", multiple=True, metavar="CODE", help="May be repeated.")
@click.option("--all-permissions", is_flag=True, help="Everything the person may do, now and later.")
@click.option("--days", type=click.IntRange(1, tokens.LONGEST_DAYS), default=30, show_default=True)
@click.option("--name", default="command line", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def token(
    *, email: str, organization: str | None, permissions: tuple[str, ...], all_permissions: bool, days: int, name: str, as_json: bool
) -> None:
    """Make an API token for a person and print its secret, which is shown this once."""
    if all_permissions == bool(permissions):
        raise click.UsageError("Give either --permission (repeatable) or --all-permissions.")
    with command():
        person = _person(email)
        acting = _acting_for(person)
        found = {m.slug: m.id for m in acting.memberships}
        if organization is not None and organization not in found:
            raise click.ClickException(f"{email} does not belong to an organisation {organization}.")
        if organization is None and len(found) == 1:
            organization = next(iter(found))
        row, secret = tokens.create(
            name, sorted(PERMISSIONS) if all_permissions else list(permissions), days=days, person_id=person.id,
            organization_id=found[organization] if organization else None, by=None,
        )  # fmt: skip
        facts = {"id": str(row.id), "token": secret, "organization": organization, "expires_at": row.expires_at.isoformat()}
    answer(facts, as_json=as_json)


@accounts.command("tokens")
@click.argument("email")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_tokens(*, email: str, as_json: bool) -> None:
    """The tokens of a person, without their secrets."""
    with command():
        rows = [
            {"id": str(row.id), "name": row.name, "expires_at": row.expires_at.isoformat(),
             "revoked_at": row.revoked_at and row.revoked_at.isoformat(), "permissions": row.permissions}
            for row in tokens.mine(by=_acting_for(_person(email)))
        ]  # fmt: skip
    answer(rows, as_json=as_json)


@accounts.command("revoke")
@click.argument("email")
@click.argument("token_id", type=click.UUID)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def revoke(*, email: str, token_id: UUID, as_json: bool) -> None:
    """End a token of a person at once."""
    with command():
        tokens.revoke(token_id, by=_acting_for(_person(email)))
    answer({"id": str(token_id), "revoked": True}, as_json=as_json)


@accounts.command("erase")
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def erase(*, email: str, yes: bool, as_json: bool) -> None:
    """Take away everything that tells who a person is, for good; what they did stays under their id."""
    if not yes:
        click.confirm(f"Erase {email}? This cannot be undone.", abort=True)
    with command():
        person = _person(email)
        notes = erasing.erase(person.id, by=None)
        facts = {"id": str(person.id), "erased": True, "notes": notes if as_json else " ".join(notes) or None}
    answer(facts, as_json=as_json)


def register(app: Flask) -> None:
    app.cli.add_command(accounts)
