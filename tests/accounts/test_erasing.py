"""An erased person is found nowhere by name or address; what they did, every total and every hash stay as they were."""

import json

import pytest
from sqlalchemy import select, text

from config import Config
from marketplace import create_app
from marketplace.accounts import erasing, service
from marketplace.accounts.models import ApiToken, Person, SignIn
from marketplace.core import audit_checkpoints, audit_signing
from marketplace.core.audit import AuditPersonal, AuditRow
from marketplace.core.audit_verifying import verify
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.jobs import OutboxRow, sweep
from marketplace.fairs.models import Staff
from marketplace.organizations import invitations
from marketplace.organizations.models import Membership, Role
from tests.conftest import DATABASES
from tests.contracts.factories_contracts import make_contract, make_desk
from tests.factories import actor, api, make_fair, make_member, make_organization, make_staff, make_token, sign_in

EMAIL, NAME, PASSWORD = "zhao.erased@example.org", "Zhao Erased-Entirely", "correct horse battery"


def make_known() -> Person:
    """Somebody with a membership, a role, invitations in both directions, a link and mails."""
    person = service.create(NAME, EMAIL, password=PASSWORD)
    db.session.commit()
    elsewhere, own = make_organization(), make_organization()
    make_member(own, Role.OWNER, person=person)
    make_staff(make_fair(), "clerk", person=person)
    by = actor(make_member(elsewhere))
    with transaction():
        invitations.invite(elsewhere.id, EMAIL, role=Role.READER, address="http://x/{secret}", by=by)
        invitations.invite(own.id, "other@example.org", role=Role.READER, address="http://x/{secret}", by=actor(person))
        service.send_link("reset", EMAIL, address="http://x/{secret}")
    sweep()
    return person


def traces() -> set[str]:
    """Every column of every table in which the name or the address stands."""
    found = set()
    for table in db.metadata.sorted_tables:
        for column in table.columns:
            values = db.session.execute(text(f'SELECT CAST("{column.name}" AS TEXT) FROM {table.name}')).scalars()
            if any(word in str(value) for value in values for word in (EMAIL, NAME)):
                found.add(f"{table.name}.{column.name}")
    return found


def test_no_column_of_any_table_names_them_afterwards(client):
    person = make_known()
    sign_in(client, person)
    assert client.get("/api/v1/me", headers=api(make_token(person))).status_code == 200
    assert {"people.email", "people.name", "audit_personal.details", "mail_links.email", "outbox.payload", "invitations.email"} <= traces()
    erasing.erase(person.id, by=None)
    db.session.commit()
    assert traces() == set()


def test_every_way_in_is_closed_and_what_was_done_keeps_the_id(client):
    person = make_known()
    sign_in(client, person)
    token, person_id = make_token(person), person.id
    before = {row.id: (row.action, row.person_id, row.hash) for row in db.session.scalars(select(AuditRow))}
    erasing.erase(person_id, by=None)
    db.session.commit()
    assert client.get("/api/v1/me", headers=api(token)).status_code == 401
    assert client.get("/account").status_code in {302, 303}
    with pytest.raises(Invalid):
        service.sign_in(EMAIL, PASSWORD)
    assert db.session.scalars(select(SignIn).where(SignIn.person_id == person_id)).all() == []
    assert [token.revoked_at is None for token in db.session.scalars(select(ApiToken).where(ApiToken.person_id == person_id))] == [False]
    for kind in (Membership, Staff):
        assert [row.ended_at is None for row in db.session.scalars(select(kind).where(kind.person_id == person_id))] == [False]
    rows = {row.id: (row.action, row.person_id, row.hash) for row in db.session.scalars(select(AuditRow))}
    assert {name: rows[name] for name in before} == before
    *domains, last = [rows[name][0] for name in sorted(set(rows) - set(before))]
    assert (set(domains), last) == ({"alerts.erase", "organizations.end_membership", "fairs.dismiss"}, "accounts.erase")
    assert db.session.scalars(select(AuditPersonal).where(AuditPersonal.person_id == person_id)).all() == []
    assert service.create(NAME, EMAIL, password=None).id != person_id, "the address is free again"


def test_an_organisation_without_an_owner_is_named(app):
    person = make_known()
    organization = make_organization(name_en="Left Alone Ltd")
    make_member(organization, Role.OWNER, person=person)
    make_member(organization, Role.READER)
    assert erasing.erase(person.id, by=None) == ["Left Alone Ltd has members but no owner any more."]


def test_nobody_is_erased_twice_and_a_stranger_not_at_all(app):
    person = make_known()
    erasing.erase(person.id, by=None)
    with pytest.raises(erasing.AlreadyErased):
        erasing.erase(person.id, by=None)
    with pytest.raises(NotFound):
        erasing.erase(make_fair().id, by=None)


def test_mails_to_others_that_do_not_name_them_stay(app):
    person = make_known()
    with transaction():
        service.send_link("register", "somebody@example.org", address="http://x/{secret}")
    erasing.erase(person.id, by=None)
    assert [row.payload["to"] for row in db.session.scalars(select(OutboxRow)) if row.task == "mail.send"] == ["somebody@example.org"]


def test_the_command_asks_first(app):
    person = make_known()
    runner = app.test_cli_runner()
    asked = runner.invoke(args=["accounts", "erase", EMAIL], input="n\n")
    assert (asked.exit_code, db.session.get(Person, person.id).email) == (1, EMAIL)
    done = runner.invoke(args=["accounts", "erase", EMAIL, "--yes", "--json"])
    assert json.loads(done.output) == {"id": str(person.id), "erased": True, "notes": []}
    assert runner.invoke(args=["accounts", "erase", EMAIL, "--yes"]).exit_code == 1


@pytest.fixture(params=DATABASES)
def own_app(request, tmp_path):
    """An application on a database of its own, really committed to."""
    port = request.getfixturevalue("postgresql_port") if request.param != "sqlite" else None
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres" if port else f"sqlite:///{tmp_path}/own.db"
    settings = Config(testing=True, secret_key="x" * 40, database_url=url, index_dir=tmp_path / "index", upload_dir=tmp_path / "uploads", password_cost="low")
    app = create_app(settings)
    with app.app_context():
        db.drop_all()
        db.create_all()
        yield app
        db.session.remove()
        db.drop_all()
        db.engine.dispose()


def test_no_total_and_no_hash_changes_when_the_verifier_is_erased(own_app):
    desk = make_desk(own_app, slug="kept")
    service.rename("Another Name", "en", by=actor(desk.verifier))
    db.session.commit()
    make_contract(desk, total_amount="123.45", technology_amount=None)
    settings = own_app.config["SETTINGS"]
    audit_signing.write()
    before = desk.headline()
    assert own_app.test_cli_runner().invoke(args=["accounts", "erase", desk.verifier.email, "--yes"]).exit_code == 0
    assert desk.headline() == before
    report = verify(audit_checkpoints.file(settings), audit_checkpoints.signing_key(settings).public_key(), whole=True)
    assert report.faults == []
    assert own_app.test_cli_runner().invoke(args=["audit", "verify"]).exit_code == 0
    assert own_app.test_cli_runner().invoke(args=["ledger", "verify"]).exit_code == 0
