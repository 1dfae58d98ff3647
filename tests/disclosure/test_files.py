"""Files as they are sent: how a browser has to take them, and marked with who opens them."""

from io import BytesIO

import pytest
from PIL import Image
from pypdf import PdfReader

from marketplace.core.db import db
from marketplace.disclosure import marking
from marketplace.listings.attachments import files
from marketplace.listings.levels import Level
from marketplace.listings.models import EntryStatus, FairEntry, ListingFile, ListingVersion
from tests.disclosure.factories_disclosure import a_paper, make_rooms
from tests.factories import save, sign_in

WORDS = marking.Words(person="王小明", organization="恒远", plain_person="ming@example.org", plain_organization="hengyuan", moment="2026-09-18 10:00 UTC")


@pytest.fixture
def rooms(app):
    return make_rooms()


def sent(app, rooms, name, file, path=""):
    client = app.test_client()
    if rooms.readers[name][0] is not None:
        sign_in(client, *rooms.readers[name])
    return client.get(f"/files/{file.id}{path}", buffered=True)


@pytest.mark.one_database
def test_no_browser_runs_a_file_and_no_cache_keeps_what_is_not_public(app, rooms):
    cases = (("stranger", Level.PUBLIC, "public, max-age=60"), *(("under_secrecy", level, "no-store") for level in (Level.PUBLIC, Level.REGISTERED, Level.AFTER_NDA)))
    for name, level, cache in cases:
        answer = sent(app, rooms, name, rooms.files[level])
        assert answer.headers["Cache-Control"] == cache
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.mimetype == "image/png"
        assert ("ETag" in answer.headers) is (name == "stranger")


@pytest.mark.one_database
def test_a_pdf_for_partners_bears_their_name_on_each_page_and_is_saved_not_shown(app, rooms):
    person, organization = rooms.readers["under_secrecy"]
    version = db.session.query(ListingVersion).filter_by(listing_id=rooms.listing.id).one()
    received = a_paper("paper.pdf")
    paper = save(ListingFile(
        listing_id=rooms.listing.id, name=received.name, media_type=received.media_type, size_bytes=received.size_bytes, sha256=received.sha256,
        uploaded_at=rooms.listing.created_at,
    ))  # fmt: skip
    version.files = [*version.files, {"file": str(paper.id), "title": "Paper", "level": "after_nda"}]
    db.session.commit()
    answer = sent(app, rooms, "under_secrecy", paper)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    pages = [page.extract_text() for page in PdfReader(BytesIO(answer.data)).pages]
    assert len(pages) == 2
    for number, text in enumerate(pages, 1):
        assert f"Content of page {number}" in text
        assert person.name in text
        assert organization.name_en in text
        assert "UTC" in text
    own = sent(app, rooms, "owner", paper)
    assert own.data == files.path_of(paper).read_bytes()
    assert sent(app, rooms, "partner", paper).status_code == 404


@pytest.mark.one_database
def test_a_chinese_name_stands_on_a_pdf_too_and_a_damaged_one_is_not_handed_out(app, tmp_path):
    path = files.path_of(ListingFile(sha256=a_paper("x").sha256))
    text = PdfReader(BytesIO(marking.marked(path, "application/pdf", words=WORDS))).pages[0].extract_text()
    assert WORDS.moment in text
    broken = tmp_path / "broken"
    broken.write_bytes(b"%PDF-1.4 nothing")
    with pytest.raises(marking.NotMarked):
        marking.marked(broken, "application/pdf", words=WORDS)


@pytest.mark.one_database
def test_a_picture_for_partners_is_marked_in_its_pixels(app, rooms):
    file = rooms.files[Level.AFTER_NDA]
    for path, form in (("", "PNG"), ("/small", "WEBP")):
        plain, marked = (sent(app, rooms, name, file, path) for name in ("owner", "under_secrecy"))
        assert plain.data != marked.data
        picture = Image.open(BytesIO(marked.data))
        assert picture.format == form
        assert picture.size == Image.open(BytesIO(plain.data)).size
        assert len(picture.convert("RGB").getcolors(100_000)) > 20


@pytest.mark.one_database
def test_letters_that_a_picture_has_not_are_replaced_by_mail_address_and_slug():
    assert WORDS.plain_line == "ming@example.org · hengyuan · 2026-09-18 10:00 UTC"
    assert WORDS.line == "王小明 · 恒远 · 2026-09-18 10:00 UTC"


def test_a_file_is_open_while_a_public_version_shows_it(app, rooms):
    version = db.session.query(ListingVersion).filter_by(listing_id=rooms.listing.id).one()
    kept, version.files = version.files, []
    db.session.commit()
    for file in rooms.files.values():
        for name in ("registered", "under_secrecy", "staff", "owner"):
            assert sent(app, rooms, name, file).status_code == 404, name
    version.files = kept
    db.session.commit()
    rooms.listing.public_number = None
    db.session.commit()
    assert {name: sent(app, rooms, name, rooms.files[Level.PUBLIC]).status_code for name in ("registered", "under_secrecy", "owner")} == {
        "registered": 404, "under_secrecy": 404, "owner": 200,
    }  # fmt: skip


@pytest.mark.one_database
def test_a_moderator_opens_what_waits_unless_it_is_for_partners(app, rooms):
    entry = db.session.query(FairEntry).filter_by(listing_id=rooms.listing.id).one()
    entry.status, entry.published_number, entry.submitted_number, rooms.listing.public_number = EntryStatus.SUBMITTED, None, 1, None
    db.session.commit()
    open_to = {(name, level): sent(app, rooms, name, file).status_code for name in ("staff", "other_staff", "registered") for level, file in rooms.files.items()}
    assert {key for key, status in open_to.items() if status == 200} == {("staff", Level.PUBLIC), ("staff", Level.REGISTERED)}


@pytest.mark.one_database
def test_a_file_of_an_owner_that_is_not_named_bears_a_neutral_name(app, rooms):
    rooms.listing.anonymous, rooms.listing.shown_owner_id = True, None
    db.session.commit()
    said = {name: sent(app, rooms, name, rooms.files[Level.PUBLIC]).headers["Content-Disposition"] for name in ("stranger", "owner")}
    assert rooms.listing.reference in said["stranger"]
    assert rooms.files[Level.PUBLIC].name not in said["stranger"]
    assert rooms.files[Level.PUBLIC].name in said["owner"]
