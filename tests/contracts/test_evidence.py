"""I21: the file of a signed contract is fixed by its hash; a download gives these bytes, or nothing."""

import hashlib
import logging

import pytest
from sqlalchemy import select

from marketplace.contracts import evidence, service
from marketplace.contracts.models import Evidence
from marketplace.core.audit import AuditRow
from marketplace.core.db import db, transaction
from marketplace.core.errors import IllegalMove, NotFound
from marketplace.ledger.models import Status
from tests.contracts.factories_contracts import PDF, attach, make_contract, make_desk
from tests.factories import actor, api, make_member, make_organization, make_token


@pytest.fixture
def desk(app):
    return make_desk(app)


def of(contract):
    return db.session.scalars(select(Evidence).where(Evidence.contract_id == contract.id)).one()


def test_every_download_gives_the_same_bytes_and_their_hash_is_in_the_content(desk, client):
    contract = make_contract(desk)
    file, token = of(contract), make_token(desk.clerk)
    path = f"/api/v1/contracts/{contract.id}/evidence/{file.id}"
    bodies = {client.get(path, headers=api(token)).data for _ in range(3)}
    assert bodies == {PDF}
    assert file.sha256 == hashlib.sha256(PDF).hexdigest()
    answer = client.get(path, headers=api(token))
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert (answer.headers["X-Content-Type-Options"], answer.headers["Cache-Control"]) == ("nosniff", "private, no-store")


@pytest.mark.parametrize("status", [Status.SIGNED, Status.VERIFIED, Status.VOID])
def test_no_file_joins_a_contract_that_is_signed(desk, status):
    with pytest.raises(IllegalMove):
        attach(desk, make_contract(desk, status), b"%PDF-1.4\n% another page\n")


@pytest.mark.parametrize("tamper", [lambda path: path.write_bytes(PDF + b"one more line"), lambda path: path.write_bytes(b""), lambda path: path.unlink()])
def test_a_file_that_was_changed_on_the_disk_is_refused_and_recorded(desk, client, caplog, tamper):
    contract = make_contract(desk)
    file = of(contract)
    path, token = evidence.where(desk.folder, file.sha256), make_token(desk.clerk)
    tamper(path)
    try:
        with caplog.at_level(logging.ERROR):
            answer = client.get(f"/api/v1/contracts/{contract.id}/evidence/{file.id}", headers=api(token))
    finally:
        path.write_bytes(PDF)
    assert (answer.status_code, answer.json["type"]) == (409, "/problems/evidence-damaged")
    assert b"PDF" not in answer.data
    assert file.sha256 in caplog.text
    kept = db.session.scalars(select(AuditRow).where(AuditRow.action == "refused")).all()
    assert [row.facts["reason"] for row in kept] == ["evidence-damaged"]
    assert client.get(f"/api/v1/contracts/{contract.id}/evidence/{file.id}", headers=api(token)).data == PDF


def test_a_download_asks_for_the_right_each_time(desk, client):
    contract = make_contract(desk)
    path = f"/api/v1/contracts/{contract.id}/evidence/{of(contract).id}"
    elsewhere = make_organization()
    stranger = make_token(make_member(elsewhere), elsewhere)
    assert client.get(path, headers=api(stranger)).status_code == 404
    with pytest.raises(NotFound), transaction():
        service.show(contract.id, by=actor(make_member()))
