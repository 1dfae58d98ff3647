"""What files tell: their titles, their names, and of papers the properties and first pages."""

import io
from uuid import UUID

import pytest
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from marketplace.core.db import transaction
from marketplace.listings import drafting
from marketplace.listings.attachments import files, paper_texts, storing
from marketplace.listings.levels import Level
from marketplace.reviews import cases, checks
from tests.listings.factories_files import paper, writer
from tests.listings.factories_listings import draft, submit


def saying(*lines: str) -> bytes:
    """A PDF with a line on each page."""
    found = writer(len(lines))
    font = DictionaryObject({NameObject(key): NameObject(value) for key, value in {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}.items()})
    for page, line in zip(found.pages, lines, strict=True):
        stream = DecodedStreamObject()
        stream.set_data(f"BT /F1 12 Tf 10 100 Td ({line}) Tj ET".encode())
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})})
        page[NameObject("/Contents")] = found._add_object(stream)
    return paper(found)


@pytest.mark.one_database
def test_a_paper_that_names_the_owner_is_a_blocker_only_where_readers_open_it(market, monkeypatch, tmp_path):
    monkeypatch.setattr(storing, "root", lambda: tmp_path / "listings")
    received = [files.receive(io.BytesIO(saying(line, "Page two")), name="paper.pdf") for line in ("By Northgate Transfer", "Call +49 30 1234567 at Northgate")]
    with transaction():
        listing = draft(market)
        for file, level in zip(received, (Level.PUBLIC, Level.AFTER_NDA), strict=True):
            files.add(listing.id, file, title=f"Paper {level}", level=level, by=market.by)
        entry = submit(market, listing)
        assert [each.code for each in cases.case_of(entry.id, by=market.judge).findings if each.field == "files"] == []
        drafting.edit(listing.id, {"anonymous": True}, by=market.by)
        found = [each for each in cases.case_of(entry.id, by=market.judge).findings if each.field == "files"]
        assert [(each.code, each.text, each.around[0], each.severity.value) for each in found] == [("name", "Northgate Transfer", "Paper public", "blocker")]
        assert cases.noted(entry.id, {"findings": [found[0].key], "notes": []})[0].field == "files"


@pytest.mark.one_database
def test_titles_names_and_properties_of_files_are_read_and_what_cannot_be_read_is_no_pass(market, monkeypatch, tmp_path):
    monkeypatch.setattr(storing, "root", lambda: tmp_path / "listings")
    found = writer(1)
    found.add_metadata({"/Author": "Northgate Transfer"})
    with transaction():
        listing = draft(market, anonymous=True)

        def told(name, title, content):
            files.add(listing.id, files.receive(io.BytesIO(content), name=name), title=title, level=Level.PUBLIC, by=market.by)
            version = drafting.newest_version(listing)
            told = sorted({(each.code, each.text) for each in checks.of_listing(listing, version) if each.field == "files"})
            files.remove(listing.id, UUID(version.files[0]["file"]), by=market.by)
            return told

        plain = paper(writer(1))
        assert told("paper.pdf", "Measured", plain) == []
        assert told("paper.pdf", "Brochure of Northgate Transfer", plain) == [("name", "Northgate Transfer")]
        assert told("northgate_transfer.pdf", "Brochure", plain) == [("name", "northgate transfer")]
        assert told("paper.pdf", "Properties", paper(found)) == [("name", "Northgate Transfer")]
        monkeypatch.setattr(paper_texts, "_read", {})
        monkeypatch.setattr(paper_texts, "_asked", lambda path: None)
        assert told("paper.pdf", "Odd", plain) == [("paper", "Odd")]
