"""Who answered a follow-up can be erased; what was said stays."""

import json
import uuid

import pytest

from marketplace.accounts import erasing as accounts
from marketplace.contracts.models import Contract
from marketplace.core.db import db, transaction
from marketplace.followups import service
from marketplace.followups.models import FollowUpAnswer, FollowUpAnswerer, Outcome, Side
from tests.factories import actor, form_token
from tests.followups.factories_followups import Fairground, followups, run_job


@pytest.fixture
def ground(app):
    return Fairground(app)


@pytest.fixture
def followup(ground):
    intent = ground.intent()
    run_job()
    return followups(intent)[0]


def test_an_erased_person_stands_beside_no_answer(ground, followup):
    owner = ground.provider_owner
    said = {"outcome": Outcome.TALKING, "amount_minor": None, "currency": None, "contract_reference": None, "reason": None}
    with transaction():
        service.answer(followup.id, said, by=actor(owner, ground.provider))
    assert db.session.query(FollowUpAnswer).one().name == owner.name
    with transaction():
        accounts.erase(owner.id, by=None)
    answer = db.session.query(FollowUpAnswer).one()
    assert (answer.name, answer.outcome, answer.person_id) == ("–", Outcome.TALKING, owner.id)
    assert db.session.query(FollowUpAnswerer).count() == 0


def test_the_operator_erases_the_name_that_was_typed_at_a_link(app, client, ground, followup):
    with transaction():
        address = "/followup/" + service.ask(followup.id, Side.PROVIDER, by=actor(ground.desk.clerk))
    client.post(address, data=form_token(client, address) | {"outcome": "talking", "name": "Zhao Erased"})
    runner, intent = app.test_cli_runner(), db.session.get_one(Contract, followup.contract_id)
    listed = runner.invoke(args=["followups", "names", intent.reference, "--json"])
    [row] = json.loads(listed.output)
    assert row["name"] == "Zhao Erased"
    erased = runner.invoke(args=["followups", "erase-name", row["answer"], "--yes", "--json"])
    assert json.loads(erased.output) == {"erased": 1}
    assert db.session.query(FollowUpAnswer).one().name == "–"
    assert runner.invoke(args=["followups", "erase-name", str(uuid.uuid4()), "--yes"]).exit_code == 1
