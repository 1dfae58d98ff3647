"""Who answered can be erased; what they said, and every hash, stays."""

import json
import uuid

import pytest
from sqlalchemy import text

from marketplace.accounts import erasing as accounts
from marketplace.confirmations import erasing, queries
from marketplace.confirmations.models import Answer, Side
from marketplace.core.db import db, transaction
from marketplace.core.errors import NotFound
from marketplace.ledger.models import Status
from tests.confirmations.factories_confirmations import ask, make_deal, reply, said
from tests.factories import actor, form_token

NAME, POSITION, EMAIL = "Zhao Erased-Entirely", "Head of Erasing", "zhao.erased@example.org"


@pytest.fixture
def deal(app):
    return make_deal(app)


@pytest.fixture
def contract(deal):
    return deal.contract(Status.SIGNED)


def traces() -> set[str]:
    """Every column of every table in which name, position or address stand."""
    found = set()
    for table in db.metadata.sorted_tables:
        for column in table.columns:
            values = db.session.execute(text(f'SELECT CAST("{column.name}" AS TEXT) FROM {table.name}')).scalars()
            if any(word in str(value) for value in values for word in (NAME, POSITION, EMAIL)):
                found.add(f"{table.name}.{column.name}")
    return found


def answered_by_link(client, deal, contract):
    """As the browser does it: the page of thanks is kept for a repeated request."""
    address = "/confirm/" + ask(deal, contract, Side.PROVIDER, provider=EMAIL)[Side.PROVIDER]
    sent = client.post(address, data=form_token(client, address) | said(contract.content_hash, name=NAME, position=POSITION))
    assert NAME in sent.text
    return db.session.query(Answer).one()


def test_an_erased_person_stands_beside_no_answer(deal, contract):
    secret = ask(deal, contract, Side.PROVIDER)[Side.PROVIDER]
    before = reply(secret, said(contract.content_hash, name=NAME, position=POSITION), by=actor(deal.anna, deal.a))
    answer_id, kept = before.id, (before.corrections, before.content_hash, before.person_id)
    with transaction():
        accounts.erase(deal.anna.id, by=None)
    db.session.expire_all()
    assert traces() == set()
    answer = db.session.get_one(Answer, answer_id)
    assert (answer.name, answer.position) == ("–", "–")
    assert (answer.corrections, answer.content_hash, answer.person_id) == kept
    assert queries.state(contract.id, contract.content_hash).confirmed_by == "one"


def test_somebody_without_an_account_is_erased_by_address(client, deal, contract):
    answered_by_link(client, deal, contract)
    assert {"confirmation_answerers.name", "confirmation_answerers.position", "confirmation_requests.email"} <= traces()
    with transaction():
        assert erasing.erase_by_email(EMAIL.upper(), by=None) == 1
    kept = db.session.execute(text("SELECT count(*) FROM idempotency_keys WHERE body IS NOT NULL")).scalar()
    assert (traces(), kept) == (set(), 0)


def test_an_erased_account_takes_the_answers_by_its_links_along(client, deal, contract):
    deal.anna.email = EMAIL
    db.session.commit()
    answered_by_link(client, deal, contract)
    with transaction():
        accounts.erase(deal.anna.id, by=None)
    assert traces() == set()


def test_the_operator_sees_who_answered_and_erases_one_name(app, client, deal, contract):
    answer = answered_by_link(client, deal, contract)
    runner = app.test_cli_runner()
    [row] = json.loads(runner.invoke(args=["confirmations", "names", contract.reference, "--json"]).output)
    assert (row["answer"], row["name"], row["position"]) == (str(answer.id), NAME, POSITION)
    erased = runner.invoke(args=["confirmations", "erase-name", row["answer"], "--yes", "--json"])
    assert json.loads(erased.output) == {"erased": 1}
    assert traces() == set()
    again = runner.invoke(args=["confirmations", "erase-name", row["answer"], "--yes", "--json"])
    assert json.loads(again.output) == {"erased": 0}


@pytest.mark.parametrize("whose", ["nobody@example.org", "7ef0c8ad-4b3d-4c97-a7fa-d1806f875673", "Zhao"])
def test_nobody_is_erased_by_mistake(app, client, deal, contract, whose):
    answered_by_link(client, deal, contract)
    assert app.test_cli_runner().invoke(args=["confirmations", "erase-name", whose, "--yes"]).exit_code != 0
    assert db.session.query(Answer).one().name == NAME


def test_an_unknown_answer_is_not_found(app):
    with pytest.raises(NotFound):
        erasing.erase_one(uuid.uuid4(), by=None)
