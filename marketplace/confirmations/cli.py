"""`flask confirmations …`: whose names stand beside the answers about a contract, and erasing one."""

from uuid import UUID

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy import select

from marketplace.confirmations import erasing
from marketplace.confirmations.models import Answer
from marketplace.contracts.models import Contract
from marketplace.core.commands import answer, command
from marketplace.core.db import db
from marketplace.core.errors import NotFound

group = AppGroup("confirmations", help="What both sides say of a contract.")


@group.command("names")
@click.argument("reference")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def names(*, reference: str, as_json: bool) -> None:
    """Who answered about a contract, with the id of each answer."""
    with command():
        contract = db.session.scalar(select(Contract).where(Contract.reference == reference))
        if contract is None:
            raise NotFound()
        found = select(Answer).where(Answer.contract_id == contract.id).order_by(Answer.answered_at)
        facts = [
            {"answer": row.id, "side": row.side.value, "name": row.name, "position": row.position, "at": row.answered_at.isoformat()}
            for row in db.session.scalars(found)
        ]
    answer(facts, as_json=as_json)


@group.command("erase-name")
@click.argument("whose", metavar="ANSWER_ID|EMAIL")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def erase_name(*, whose: str, yes: bool, as_json: bool) -> None:
    """Take away name, position and address of who answered without an account; the answer stays."""
    if not yes:
        click.confirm(f"Erase who answered: {whose}? This cannot be undone.", abort=True)
    with command():
        erased = erasing.erase_by_email(whose, by=None) if "@" in whose else erasing.erase_one(_id(whose), by=None)
    answer({"erased": erased}, as_json=as_json)


def _id(typed: str) -> UUID:
    try:
        return UUID(typed)
    except ValueError as error:
        raise click.BadParameter("neither an answer's id nor a mail address") from error


def register(app: Flask) -> None:
    app.cli.add_command(group)
