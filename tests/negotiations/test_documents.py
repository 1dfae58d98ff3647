"""Documents of a thread: versions from both sides, opened through the check only, marked and written down for the other side."""

import io

import pytest
from pypdf import PdfReader

from marketplace.core.db import db
from marketplace.core.errors import Duplicate, Forbidden, IllegalMove, NotFound
from marketplace.listings.attachments import files, storing
from marketplace.negotiations import queries, rounds
from marketplace.negotiations.documents import queries as documents
from marketplace.negotiations.documents import service, serving
from marketplace.negotiations.documents.models import DocumentRead
from marketplace.negotiations.models import Stage
from tests.factories import api, form_token, make_token, sign_in
from tests.listings.factories_files import pdf, png
from tests.negotiations.factories_negotiations import do, make_world, thread_at


@pytest.fixture
def world(app):
    return make_world(current=True)


@pytest.fixture
def thread(world):
    return thread_at(world, Stage.TALKING)


def received(number=1):
    return files.receive(io.BytesIO(png(64 + number)), name="../Term sheet.jpg")


def test_both_sides_lay_versions_on_the_table(world, thread):
    document = do(service.put_up, thread.id, received(), title="Term sheet", by=world.seller)
    assert document.number == 1
    with pytest.raises(Duplicate):
        do(service.put_up, thread.id, received(), title="The same again", by=world.buyer)
    assert do(service.add_version, thread.id, 1, received(2), note="Milestones", by=world.buyer).number == 2
    [shown] = documents.of_thread(queries.thread(thread.id, by=world.buyer))
    assert [(version.number, version.side.value, version.name) for version in shown.versions] == [
        (2, "recipient", "Term sheet.png"), (1, "provider", "Term sheet.png"),
    ]  # fmt: skip
    for step, args in ((service.put_up, (thread.id, received(3))), (service.take_back, (thread.id, 1))):
        with pytest.raises(NotFound):
            do(step, *args, **({"title": "Mine"} if step is service.put_up else {}), by=world.stranger)
    with pytest.raises(Forbidden):
        do(service.take_back, thread.id, 1, by=world.buyer)
    do(service.take_back, thread.id, 1, by=world.seller)
    with pytest.raises(IllegalMove):
        do(service.take_back, thread.id, 1, by=world.seller)
    with pytest.raises(IllegalMove):
        do(service.add_version, thread.id, 1, received(4), by=world.buyer)
    with pytest.raises(NotFound):
        service.open_version(thread.id, 1, 1, by=world.buyer)
    assert service.open_version(thread.id, 1, 2, by=world.buyer).version.number == 2
    do(rounds.lose, thread.id, "price", by=world.buyer)
    with pytest.raises(NotFound):
        service.open_version(thread.id, 1, 2, by=world.seller)
    assert service.open_version(thread.id, 1, 2, by=world.buyer).version.number == 2, "one's own stays"
    with pytest.raises(IllegalMove):
        do(service.put_up, thread.id, received(5), title="Late", by=world.buyer)


def test_bytes_that_a_version_names_are_never_cleared_away(world, thread):
    document = do(service.put_up, thread.id, received(), title="Term sheet", by=world.seller)
    [shown] = documents.of_thread(queries.thread(thread.id, by=world.buyer))
    sha256 = shown.versions[0].sha256
    assert document.title == "Term sheet"
    assert {found for name in storing.NAMED for found in name({sha256, "0" * 64})} == {sha256}


def test_what_the_other_side_opens_bears_its_name_and_is_written_down(app, world, thread):
    client, other = app.test_client(), app.test_client()
    sign_in(client, world.at_agency, world.agency)
    sign_in(other, world.at_company, world.company)
    new = f"/negotiations/{thread.id}/documents/new"
    hidden = form_token(client, new)
    assert client.post(new, data=hidden | {"title": "Term sheet"}).status_code == 422
    script = {"title": "Term sheet", "file": (io.BytesIO(b"<svg/>"), "sheet.pdf")}
    assert client.post(new, data=form_token(client, new) | script).status_code == 422
    made = client.post(new, data=form_token(client, new) | {"title": "CANARY-SHEET", "file": (io.BytesIO(pdf()), "sheet.pdf")})
    assert made.status_code == 303
    address = f"/negotiations/{thread.id}/documents/1/versions/1"
    page = other.get(f"/negotiations/{thread.id}").text
    assert "CANARY-SHEET" in page
    assert address in page
    assert "not yet" in page
    own = client.get(address)
    assert (own.status_code, own.headers["Cache-Control"], own.data[:5]) == (200, "no-store", b"%PDF-")
    own.close()
    assert db.session.query(DocumentRead).count() == 0
    opened = other.get(address)
    assert "attachment" in opened.headers["Content-Disposition"]
    assert world.at_company.name in PdfReader(io.BytesIO(opened.data)).pages[0].extract_text()
    assert db.session.query(DocumentRead).count() == 1
    assert world.at_company.name in client.get(f"/negotiations/{thread.id}").text
    sign_in(other, world.at_outsider, world.outsider)
    assert other.get(address).status_code == 404


def test_what_cannot_be_marked_is_not_handed_out(app, world, thread, monkeypatch):
    do(service.put_up, thread.id, received(), title="Term sheet", by=world.seller)
    monkeypatch.setattr(serving, "MARKERS", [])
    client = app.test_client()
    sign_in(client, world.at_company, world.company)
    assert client.get(f"/negotiations/{thread.id}/documents/1/versions/1").status_code == 503
    assert db.session.query(DocumentRead).count() == 0


def test_documents_as_json(app, world, thread):
    client, ours, theirs = app.test_client(), make_token(world.at_agency, world.agency), make_token(world.at_company, world.company)
    base = f"/api/v1/negotiations/{thread.id}/documents"

    def send(secret, address, number, **said):
        return client.post(address, data=said | {"file": (io.BytesIO(png(64 + number)), "sheet.png")}, headers=api(secret))

    made = send(ours, base, 1, title="Term sheet")
    assert (made.status_code, made.json["versions"][0]["organization_id"]) == (201, str(world.agency.id))
    assert send(ours, base, 2).status_code == 422
    assert send(theirs, f"{base}/1/versions", 2, note="Royalty").json["versions"][0]["note"] == "Royalty"
    assert send(theirs, f"{base}/9/versions", 3).status_code == 404
    assert client.get(f"{base}/1/versions/1/content", headers=api(theirs)).mimetype == "image/png"
    [row] = client.get(base, headers=api(ours)).json["rows"]
    assert [version["times_read"] for version in row["versions"]] == [0, 1]
    assert client.post(f"{base}/1/take-back", headers=api(theirs)).status_code == 403
    assert client.post(f"{base}/1/take-back", headers=api(ours)).json["taken_back_at"] is not None
    assert client.get(f"{base}/1/versions/1/content", headers=api(theirs)).status_code == 404
    outsider = make_token(world.at_outsider, world.outsider)
    for path in (base, f"{base}/1/versions/1/content"):
        assert client.get(path, headers=api(outsider)).status_code == 404
