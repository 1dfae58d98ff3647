"""Files of a listing: what is taken and what is left of it, what is refused, and that no byte is lost or left over."""

import io
import os
import time

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject
from sqlalchemy import func, select

from marketplace.core.db import db, transaction
from marketplace.core.errors import Duplicate, Forbidden, Invalid, NotFound, TooLarge
from marketplace.listings import drafting, entering, rules
from marketplace.listings.attachments import files, papers, pdf_check, pictures, storing
from marketplace.listings.levels import Level
from marketplace.listings.models import ListingFile
from marketplace.reviews import deciding
from tests.factories import actor, form_token, sign_in
from tests.listings.factories_files import paper, pdf, png, writer, written
from tests.listings.factories_listings import draft, listing_of, make_market, published

WRONG = b"GIF89a" + bytes(100)


@pytest.fixture
def market(app, monkeypatch, tmp_path):
    monkeypatch.setattr(storing, "root", lambda: tmp_path / "listings")
    with transaction():
        return make_market()


def received(content=None, name="pump.png"):
    return files.receive(io.BytesIO(content or png()), name=name)


def add(market, listing, content=None, title="The pump in its hall", level=Level.PUBLIC, by=None):
    with transaction():
        return files.add(listing.id, received(content), title=title, level=level, by=by or market.by)


def canary(form):
    """A picture with a word of its own in every place that a format has beside its pixels."""
    image, exif, text = Image.new("RGB", (120, 80), "navy"), Image.Exif(), PngInfo()
    exif[0x010E], exif[0x0112] = "CANARY", 6
    text.add_text("Comment", "CANARY")
    more = {"PNG": {"pnginfo": text}, "JPEG": {"comment": b"CANARY"}, "WEBP": {"xmp": b"CANARY"}}[form]
    return written(image, form, exif=exif, icc_profile=b"CANARY" * 40, **more)


@pytest.mark.parametrize(("form", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")])
def test_only_the_pixels_of_a_picture_are_kept(form, media_type):
    content = canary(form) + b"<script>CANARY</script>"
    assert b"CANARY" in content and pictures.type_of(content[:16]) == media_type
    found = pictures.drawn_anew(content, media_type)
    assert b"CANARY" not in found.content + found.small
    assert (found.media_type, found.width, found.height) == (media_type, 80, 120)  # turned as the camera said
    assert (Image.open(io.BytesIO(found.content)).format, Image.open(io.BytesIO(found.small)).format) == (form, "WEBP")


def test_a_picture_is_brought_to_size_and_keeps_what_is_transparent():
    found = pictures.drawn_anew(written(Image.new("RGBA", (3000, 100), (0, 0, 0, 0)), "PNG"), "image/png")
    assert (found.width, found.height) == (2400, 80)
    assert Image.open(io.BytesIO(found.small)).getpixel((0, 0))[3] == 0


def test_hostile_and_damaged_pictures_are_refused_with_a_reason(monkeypatch):
    bomb = bytearray(png(64))
    bomb[16:24] = (60_000).to_bytes(4, "big") * 2  # 3.6 thousand million pixels, by its head
    monkeypatch.setattr(pictures, "MOST_PIXELS", 100 * 100)
    tried = {
        "bomb": bytes(bomb), "large": png(128), "small": png(32), "cut": png(64)[:60], "head": png(64)[:20], "jpeg": b"\xff\xd8\xff" + bytes(50),
        "webp": b"RIFF\x10\x00\x00\x00WEBP" + bytes(30),
    }  # fmt: skip
    codes = {}
    for name, content in tried.items():
        with pytest.raises(Invalid) as refused:
            pictures.drawn_anew(content, pictures.type_of(content[:16]))
        codes[name] = refused.value.errors[0].code
    assert codes == {
        "bomb": "file_damaged", "large": "picture_large", "small": "picture_small", "cut": "file_damaged", "head": "file_damaged",
        "jpeg": "file_damaged", "webp": "file_damaged",
    }  # fmt: skip


def acting(key, value):
    """A PDF with something that opens, runs or hides, in an object of its own."""
    found = writer()
    found.root_object[NameObject("/Names")] = DictionaryObject({NameObject(key): ArrayObject([value])})
    return paper(found)


def hidden():
    """A script whose name is written in another way than one searches for it."""
    return acting("/Dests", DictionaryObject({NameObject("/S"): NameObject("/JQ61vaScript")})).replace(b"/JQ61va", b"/J#61va")


def encrypted():
    found = writer()
    found.encrypt("secret", algorithm="RC4-128")
    return paper(found)


def test_papers_that_run_or_hide_something_are_refused(tmp_path):
    attached = writer()
    attached.add_attachment("a.txt", b"hi")
    tried = [
        ("script", acting("/JavaScript", TextStringObject("x"))), ("script", acting("/JS", TextStringObject("x"))), ("script", hidden()),
        ("embedded", paper(attached)), ("encrypted", encrypted()), ("damaged", paper(writer(0))),
    ]  # fmt: skip
    found = []
    for number, (_, content) in enumerate(tried):
        (tmp_path / f"{number}.pdf").write_bytes(content)
        found.append(pdf_check.judge(str(tmp_path / f"{number}.pdf")).get("fault"))
    assert found == [fault for fault, _ in tried]


@pytest.mark.one_database
def test_papers_are_judged_by_a_process_of_their_own(app, monkeypatch):
    assert papers.pages_of(pdf(2)) == 2
    with pytest.raises(Invalid) as refused:
        papers.pages_of(b"%PDF-1.7" + bytes(200))
    assert refused.value.errors[0].code == "pdf_damaged"
    monkeypatch.setattr(papers, "PATIENCE_SECONDS", 0.01)
    with pytest.raises(Invalid):
        papers.pages_of(pdf())


@pytest.mark.one_database
def test_names_and_types_come_from_us(market):
    assert [files.safe_name(name, "image/png") for name in ("../../etc/passwd", 'a"b\r\nc\u202e.exe', "", "ü" * 400 + ".svg")] == [
        "passwd.png", "abc.png", "file.png", "ü" * 120 + ".png",
    ]  # fmt: skip
    with pytest.raises(Invalid):
        received(WRONG, name="picture.png")
    with pytest.raises(TooLarge):
        received(png()[:8] + bytes(pictures.LARGEST_BYTES))


def test_a_file_is_content_of_a_version_like_any_other(market):
    with transaction():
        entry = published(market)
    listing = listing_of(entry)
    first = add(market, listing)
    second = add(market, listing, png(65), title="Its drawing", level=Level.AFTER_NDA)
    assert (listing.draft_number, listing.public_number) == (2, 1)
    assert rules.public_of(drafting.newest_version(listing))["files"][1] == {"file": str(second.id), "title": "Its drawing", "level": "after_nda"}
    assert files.path_of(first).read_bytes() and files.small_of(first).read_bytes()
    with transaction():
        files.arrange(listing.id, [{"file": second.id, "title": "Drawing", "level": "registered"}, {"file": first.id, "title": "Pump", "level": "public"}], by=market.by)
    assert [row["title"] for row in files.rows_of(listing)] == ["Drawing", "Pump"]
    with pytest.raises(Invalid), transaction():
        files.arrange(listing.id, [{"file": second.id, "title": "Drawing", "level": "registered"}], by=market.by)


def test_what_was_handed_in_keeps_a_file_that_is_taken_away(market):
    with transaction():
        listing = draft(market)
    kept, dropped = add(market, listing), add(market, listing, png(65))
    with transaction():
        files.remove(listing.id, dropped.id, by=market.by)  # only the draft had it
        entry = entering.submit(listing.id, fair_slug=market.fair.slug, segment_code="universities", by=market.by)
        deciding.publish(entry.id, by=market.judge)
        files.remove(listing.id, kept.id, by=market.by)
    assert files.rows_of(listing) == []
    assert list(db.session.scalars(select(ListingFile.id).where(ListingFile.listing_id == listing.id))) == [kept.id]


def test_files_are_their_owners_and_have_limits(market, monkeypatch):
    with transaction():
        listing, other = draft(market), draft(market)
    file = add(market, listing)
    for refusal, step in (
        (Duplicate, lambda: add(market, listing)),
        (Forbidden, lambda: add(market, listing, png(65), by=actor(market.reader, market.agency))),
        (NotFound, lambda: add(market, listing, png(65), by=actor(market.outsider))),
        (NotFound, lambda: files.remove(other.id, file.id, by=market.by)),
    ):
        with pytest.raises(refusal):
            step()
    monkeypatch.setattr(files, "MOST", 1)
    with pytest.raises(files.TooMany):
        add(market, listing, png(65))


def aged(*paths):
    for path in paths:
        os.utime(path, (time.time() - 2 * 86_400,) * 2)


def test_bytes_that_no_row_names_are_cleared_after_a_day(market):
    """As after a kill between the bytes and the row: what is young stays, what is named stays, what is old and unnamed goes."""
    with transaction():
        listing = draft(market)
    named, young, old = add(market, listing), received(png(65)), received(png(66))
    half = storing.where(old.sha256).with_name("incoming-cut")
    half.write_bytes(b"half")
    places = [storing.where(each.sha256) for each in (named, young, old)]
    aged(places[0], places[2], half, places[2].with_name(places[2].name + storing.SMALL))
    assert storing.clear() == 3
    assert [path.exists() for path in (*places, half)] == [True, True, False, False]
    assert storing.clear() == 0
    aged(places[1])
    received(png(65))  # handed in again before its row: young again
    assert storing.clear() == 0


@pytest.mark.one_database
def test_files_are_put_up_by_a_page(client, market):
    with transaction():
        listing = draft(market)
    sign_in(client, market.owner, market.agency)
    page = f"/listings/{listing.id}/files"

    def upload(content, **fields):
        return client.post(page, data=form_token(client, page) | {"file": (io.BytesIO(content), "a.png"), "title": "The pump", "level": "public"} | fields)

    refused = upload(WRONG)
    assert (refused.status_code, "A picture (PNG, JPEG, WebP) or a PDF is expected." in refused.text, 'value="The pump"' in refused.text) == (422, True, True)
    assert upload(png(), title="").status_code == 422
    assert [upload(content).status_code for content in (png(), png(65))] == [303, 303]
    assert upload(png()).status_code == 409
    first, second = [row["file"] for row in files.rows_of(listing)]
    fields = {f"files-{n}-{name}": value for n, id in enumerate((first, second)) for name, value in {"file": id, "title": f"File {id[-4:]}", "level": "registered", "place": str(9 - n)}.items()}
    assert client.post(f"{page}/arrange", data=form_token(client, page) | fields).status_code == 303
    assert [(row["file"], row["level"]) for row in files.rows_of(listing)] == [(second, "registered"), (first, "registered")]
    bad = client.post(f"{page}/arrange", data=form_token(client, page) | fields | {"files-0-title": ""})
    assert (bad.status_code, 'id="b-files-0-title"><span class="err"' in bad.text) == (422, True)
    assert client.post(f"{page}/{second}/remove", data=form_token(client, page)).status_code == 303
    assert db.session.scalar(select(func.count()).select_from(ListingFile)) == 1


@pytest.mark.one_database
def test_a_page_shows_pictures_and_links_what_is_for_partners(client, market):
    with transaction():
        listing = draft(market)
    for content, title, level in (
        (png(), "The pump", Level.PUBLIC), (png(65), "For guests", Level.REGISTERED), (png(66), "Its inside", Level.AFTER_NDA), (pdf(2), "Data sheet", Level.PUBLIC),
    ):
        add(market, listing, content, title=title, level=level)
    with transaction():
        entry = entering.submit(listing.id, fair_slug=market.fair.slug, segment_code="universities", by=market.by)
        deciding.publish(entry.id, by=market.judge)
    ids = {row["title"]: row["file"] for row in files.rows_of(listing)}

    def shown(path):
        page = client.get(path).text
        return {title: f'src="/files/{id}/small"' in page or (f'href="/files/{id}"' in page and "link") for title, id in ids.items()}

    assert shown(f"/achievements/{listing.id}") == {"The pump": True, "For guests": False, "Its inside": False, "Data sheet": "link"}
    sign_in(client, market.outsider)
    assert shown(f"/achievements/{listing.id}") == {"The pump": True, "For guests": True, "Its inside": False, "Data sheet": "link"}
    sign_in(client, market.owner, market.agency)
    assert shown(f"/listings/{listing.id}") == {"The pump": True, "For guests": True, "Its inside": "link", "Data sheet": "link"}
