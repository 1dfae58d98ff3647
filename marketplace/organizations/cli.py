"""`flask organizations …`: create organisations, add members, list them, for a new instance and for machines."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup
from marshmallow import ValidationError
from sqlalchemy import select

from marketplace.accounts.events import person_created
from marketplace.accounts.models import Person
from marketplace.core.commands import answer, command
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.core.fields import Slug
from marketplace.core.problems import messages_to_errors
from marketplace.organizations import duplicates, importing, members, merging, queries, service
from marketplace.organizations.models import Kind, Organization, Role
from marketplace.organizations.schemas import KINDS, ROLES, OrganizationIn

organizations = AppGroup("organizations", help="Organisations and their members.")


class CreateIn(OrganizationIn):
    slug = Slug(load_default=None, allow_none=True)


def facts_of(organization: Organization) -> dict[str, Any]:
    return {
        "id": str(organization.id), "slug": organization.slug, "kind": organization.kind.value, "name_en": organization.name_en,
        "name_zh": organization.name_zh, "country": organization.country, "status": organization.status.value,
    }  # fmt: skip


@organizations.command("create")
@click.option("--kind", type=click.Choice(KINDS), required=True)
@click.option("--name-en")
@click.option("--name-zh")
@click.option("--country", required=True, help="ISO 3166-1 alpha-2, such as CN.")
@click.option("--region", help="GB/T 2260, such as 11; China only.")
@click.option("--website")
@click.option("--slug", help="Its address; made of the name when left out.")
@click.option("--owner", metavar="EMAIL", help="An existing person who becomes its owner.")
@click.option("--approved", is_flag=True, help="Approve it at once.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def create(*, owner: str | None, approved: bool, as_json: bool, **profile: str | None) -> None:
    """Create an organisation."""
    with command():
        try:
            facts = CreateIn().load({name: value for name, value in profile.items() if value is not None})
        except ValidationError as error:
            raise Invalid(errors=messages_to_errors(error.messages)) from error
        shown = facts_of(service.create(**facts, owner=owner, approved=approved))
    answer(shown, as_json=as_json)


@organizations.command("add-member")
@click.argument("slug")
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES), default=Role.EDITOR.value, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def add_member(*, slug: str, email: str, role: str, as_json: bool) -> None:
    """Make an existing person a member at once, without an invitation."""
    with command():
        membership = members.add(queries.by_slug(slug), email, role=Role(role), by=None)
        shown = {"organization": slug, "person_id": str(membership.person_id), "email": email, "role": role}
    answer(shown, as_json=as_json)


@organizations.command("list")
@click.option("--kind", type=click.Choice([kind.value for kind in Kind]))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_all(*, kind: str | None, as_json: bool) -> None:
    """All organisations, whatever their status."""
    query = select(Organization).order_by(Organization.slug)
    with command():
        shown = [facts_of(found) for found in db.session.scalars(query.where(Organization.kind == kind) if kind else query)]
    answer(shown, as_json=as_json)


@organizations.command("merge")
@click.argument("winner")
@click.argument("loser")
@click.option("--dry-run", is_flag=True, help="Only say what would move and what hinders.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def merge(*, winner: str, loser: str, dry_run: bool, as_json: bool) -> None:
    """Merge LOSER into WINNER (slugs): all that is open moves, the old address leads on. Safe to repeat; it cannot be undone."""
    with command():
        ids = [queries.by_slug(slug).id for slug in (winner, loser)]
        found = merging.preview(ids[0], ids[1], by=None)
        if not dry_run:
            merging.merge(ids[0], ids[1], by=None)
        shown = facts_of(queries.by_slug(winner)) | {
            "merged": loser, "dry_run": dry_run, "moving": {str(label): rows for label, rows in found.moving}, "hindrances": list(found.hindrances),
        }  # fmt: skip
    answer(shown, as_json=as_json)


@organizations.command("import")
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check everything and store nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def take_in(*, path: Path, dry_run: bool, as_json: bool) -> None:
    """Take in FILE, a CSV list of organisations with their ROR ids; good rows are stored, approved. Exit code 1 when rows were rejected.

    Columns: ror or id, name (or name_en, name_zh), country, types, website. Safe to repeat: a row is known by its ROR id.
    """
    with command():
        report = importing.take(path.read_bytes(), by=None, dry_run=dry_run)
    if as_json:
        answer(asdict(report) | {"accepted": report.accepted, "skipped": report.skipped}, as_json=True)
    else:
        for fault in report.faults:
            click.echo(f"rejected  row {fault.row}, {fault.column} {fault.value!r}: {fault.reason} {fault.suggestion}".rstrip(), err=True)
        click.echo(f"{report.rows} rows: {report.created} new, {report.updated} updated, {report.unchanged} unchanged, {report.rejected} rejected")
    if report.rejected:
        sys.exit(1)


@organizations.command("refold")
def refold() -> None:
    """Make again what finds duplicates: the words of names, and the hosts of websites."""
    with command():
        read = duplicates.rebuild()
    click.echo(f"{read} organisations")


def welcome(person: Person, *, organization: str | None, role: str) -> None:
    """`flask accounts create --organization`: the new person belongs to it. Raises NotFound for an unknown slug."""
    if organization is not None:
        members.join(queries.by_slug(organization), person.id, Role(role), by=None)


def register(app: Flask) -> None:
    person_created.connect(welcome)
    app.cli.add_command(organizations)
