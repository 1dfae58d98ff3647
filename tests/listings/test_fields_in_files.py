"""The newer fields in files: they come back unchanged, and an empty cell names nobody and opens nothing."""

import io

import pytest
from sqlalchemy import select

from marketplace.core.db import db, transaction
from marketplace.imports import exporting, translating
from marketplace.imports.importing import Import
from marketplace.listings import drafting, rules
from marketplace.listings.models import Kind, Listing
from tests.listings.factories_listings import draft, make_market

RIGHT = {"kind": "patent", "office": "CN", "number": "ZL201710117081.7", "filed_on": "2017-03-01", "granted_on": None, "expires_on": None, "owner": "Northgate University"}
FIELDS = {
    "external_id": "1", "anonymous": True, "ip_rights": [RIGHT], "sdg": ["7"], "territory": ["CN", "DE"], "video_url": "https://video.example.org/x", "export_control": "free",
    "co_owner_consent": "given", "cost_comparison_en": "Half.", "partner_role_zh": "试产", "levels": {"ip_rights": "after_nda", "description": "registered"},
}  # fmt: skip


@pytest.fixture
def market(app):
    with transaction():
        return make_market()


def taken(market, path):
    with transaction():
        work = Import(Kind.ACHIEVEMENT, market.agency, fair=None, publish=False, by=None)
        with translating.rows(path, Kind.ACHIEVEMENT, unknown=set()) as rows:
            work.take(rows)
        return work.finish()


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_what_a_file_took_out_it_brings_back_unchanged(market, tmp_path, suffix):
    with transaction():
        listing = draft(market, **FIELDS)
    before, out, path = rules.content_of(drafting.newest_version(listing)), io.StringIO(), tmp_path / f"rows.{suffix}"
    found = exporting.rows(Kind.ACHIEVEMENT, drafts=True)
    exporting.write_csv(out, found, Kind.ACHIEVEMENT) if suffix == "csv" else exporting.write_jsonl(out, found)
    path.write_text(out.getvalue(), encoding="utf-8")
    assert "patent CN ZL201710117081.7 filed 2017-03-01 owner Northgate University" in out.getvalue()
    report = taken(market, path)
    assert (report.unchanged, report.faults) == (1, [])
    with transaction():
        db.session.delete(drafting.newest_version(listing))
        db.session.flush()
        db.session.delete(listing)
    assert taken(market, path).created == 1
    again = db.session.scalars(select(Listing)).one()
    assert (again.anonymous, rules.content_of(drafting.newest_version(again))) == (True, before)


@pytest.mark.parametrize(("anonymous", "levels", "named", "kept"), [("", "", False, FIELDS["levels"]), ("no", "price=public", True, {})])
def test_an_empty_cell_leaves_names_and_levels_as_they_are(market, tmp_path, anonymous, levels, named, kept):
    with transaction():
        listing = draft(market, **FIELDS)
    path = tmp_path / "rows.csv"
    path.write_text(f"external_id,title,description,anonymous,levels\n1,Better pump,It lifts waste heat.,{anonymous},{levels}\n", encoding="utf-8")
    assert taken(market, path).updated == 1
    assert (listing.anonymous, rules.content_of(drafting.newest_version(listing))["levels"]) == (not named, kept)


def test_a_file_that_only_names_the_owner_changes_that(market, tmp_path):
    with transaction():
        listing = draft(market, **FIELDS)
    path = tmp_path / "rows.csv"
    path.write_text("external_id,title,description,anonymous\n1,Heat pump for process steam,It lifts waste heat.,no\n", encoding="utf-8")
    assert (taken(market, path).updated, listing.anonymous) == (1, False)
