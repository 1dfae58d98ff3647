"""`flask fairs …`: create fairs, appoint their staff, list them, for a new instance and for machines."""

from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup
from marshmallow import ValidationError

from marketplace.core.commands import answer, command
from marketplace.core.errors import Invalid
from marketplace.core.problems import messages_to_errors
from marketplace.fairs import queries, service
from marketplace.fairs.models import Fair, StaffRole
from marketplace.fairs.schemas import ROLES, FairIn, FairOut

fairs = AppGroup("fairs", help="Fairs and their staff.")


def facts_of(fair: Fair) -> dict[str, Any]:
    found: dict[str, Any] = FairOut().dump(fair)
    return found


@fairs.command("create")
@click.option("--slug", required=True, help="Its address, such as zgc-2020.")
@click.option("--name-en", required=True)
@click.option("--name-zh", required=True)
@click.option("--place-en")
@click.option("--place-zh")
@click.option("--currency", "base_currency", required=True, help="ISO 4217, such as CNY.")
@click.option("--time-zone", required=True, help="IANA, such as Asia/Shanghai.")
@click.option("--opens", "opens_on", required=True, metavar="YYYY-MM-DD")
@click.option("--closes", "closes_on", required=True, metavar="YYYY-MM-DD")
@click.option("--current", is_flag=True, help="Make it the fair that the public pages show.")
@click.option("--sample", is_flag=True, help="Mark its data as invented, on every page.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def create(*, current: bool, sample: bool, as_json: bool, **settings: str | None) -> None:
    """Create a fair."""
    with command():
        try:
            facts = FairIn().load({name: value for name, value in settings.items() if value is not None})
        except ValidationError as error:
            raise Invalid(errors=messages_to_errors(error.messages)) from error
        fair = service.create(facts.pop("slug"), by=None, sample=sample, **facts)
        if current:
            service.make_current(fair.slug, by=None)
        shown = facts_of(fair)
    answer(shown, as_json=as_json)


@fairs.command("appoint")
@click.argument("slug")
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def appoint(*, slug: str, email: str, role: str, as_json: bool) -> None:
    """Give an existing person a role at a fair."""
    with command():
        staff = service.appoint(slug, email, role=StaffRole(role), by=None)
        shown = {"id": str(staff.id), "fair": slug, "person_id": str(staff.person_id), "email": email, "role": role}
    answer(shown, as_json=as_json)


@fairs.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_all(*, as_json: bool) -> None:
    """All fairs, the latest first."""
    with command():
        shown = [facts_of(fair) for fair in queries.everyone()]
    answer(shown, as_json=as_json)


def register(app: Flask) -> None:
    app.cli.add_command(fairs)
