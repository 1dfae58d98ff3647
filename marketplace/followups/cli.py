"""`flask followups …`: whose names stand beside the answers about an intent, and erasing one."""

from uuid import UUID

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy import select

from marketplace.contracts.models import Contract
from marketplace.core.commands import answer, command
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.followups import erasing
from marketplace.followups.models import FollowUp, FollowUpAnswer

group = AppGroup("followups", help="What became of intents.")


@group.command("names")
@click.argument("reference")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def names(*, reference: str, as_json: bool) -> None:
    """Who answered about a contract, with the id of each answer."""
    with command():
        contract = db.session.scalar(select(Contract).where(Contract.reference == reference))
        if contract is None:
            raise NotFound()
        mine = select(FollowUp.id).where(FollowUp.contract_id == contract.id)
        found = select(FollowUpAnswer).where(FollowUpAnswer.followup_id.in_(mine)).order_by(FollowUpAnswer.answered_at)
        facts = [
            {"answer": row.id, "side": row.side.value, "name": row.name, "at": row.answered_at.isoformat()}
            for row in db.session.scalars(found)
        ]
    answer(facts, as_json=as_json)


@group.command("erase-name")
@click.argument("answer_id", type=click.UUID)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def erase_name(*, answer_id: UUID, yes: bool, as_json: bool) -> None:
    """Take away the name of who answered without an account; the answer stays."""
    if not yes:
        click.confirm(f"Erase who answered: {answer_id}? This cannot be undone.", abort=True)
    with command():
        erased = erasing.erase_one(answer_id, by=None)
    answer({"erased": erased}, as_json=as_json)


def register(app: Flask) -> None:
    app.cli.add_command(group)
