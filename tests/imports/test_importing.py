"""Files in and out: what is accepted, what is reported and how, and that repeating changes nothing."""

import csv
import gzip
import io
import json
from datetime import date

import pytest
from sqlalchemy import func, select

from marketplace.core.audit import AuditRow
from marketplace.core.db import db, transaction
from marketplace.core.errors import Forbidden, FourEyes
from marketplace.imports import exporting, reading, translating
from marketplace.imports.importing import Import
from marketplace.imports.translating import Row
from marketplace.listings import drafting, queries
from marketplace.listings.models import EntryStatus, FairEntry, Kind, Listing, ListingVersion
from tests.factories import actor, make_fair, make_member, make_organization, make_staff
from tests.listings.factories_listings import listing_of, make_market, make_segment, published

GOOD = {"external_id": "1", "title": "Heat pump", "description": "It lifts waste heat.", "trl": "7"}


@pytest.fixture
def organization(app):
    return make_organization(slug="tto")


@pytest.fixture
def fair(organization):
    fair = make_fair(slug="fair", current=True)
    make_segment(fair)
    return fair


def write(tmp_path, rows, name="rows.jsonl"):
    path = tmp_path / name
    if ".csv" in name:
        out = io.StringIO()
        writer = csv.DictWriter(out, list(dict.fromkeys(key for row in rows for key in row)))
        writer.writeheader()
        writer.writerows(rows)
        text = out.getvalue()
    else:
        text = "".join(json.dumps(row) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


def run(path, organization, *, kind=Kind.ACHIEVEMENT, fair=None, publish=False, by=None):
    unknown = set()
    with transaction():
        work = Import(kind, organization, fair=fair, publish=publish, by=by)
        with translating.rows(path, kind, unknown=unknown) as rows:
            work.take(rows)
        report = work.finish()
    assert report.accepted + report.rejected + report.skipped == report.rows
    return report, unknown


def newest():
    return db.session.scalars(select(ListingVersion).order_by(ListingVersion.created_at.desc(), ListingVersion.number.desc())).first()


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.csv", "a.csv.gz"])
def test_both_formats_plain_and_packed_give_the_same_listing(organization, tmp_path, name):
    report, unknown = run(write(tmp_path, [GOOD], name), organization)
    assert (report.created, report.faults, unknown) == (1, [], set())
    version = newest()
    assert (version.title_en, version.description_en, version.trl, version.country) == ("Heat pump", "It lifts waste heat.", 7, "CN")


def test_foreign_columns_find_their_fields(organization, tmp_path):
    foreign = {
        "demo_id": "N1", "title": "高温热泵需求", "description": "Steam.", "org": "ACME LTD", "org_country": "UK", "url": "www.example.org",
        "budget_min_eur": 0, "budget_max_eur": 2500000, "close_date": "September 01, 2011", "status": "open", "keywords": "heat", "surprise": 1,
    }  # fmt: skip
    report, unknown = run(write(tmp_path, [foreign]), organization, kind=Kind.NEED)
    assert (report.created, report.faults, unknown) == (1, [], {"surprise"})
    version = newest()
    assert (version.title_zh, version.title_en, version.source_organization, version.source_country) == ("高温热泵需求", None, "ACME LTD", "GB")
    assert (version.amount_min_minor, version.amount_max_minor, version.currency) == (None, 250_000_000, "EUR")
    assert (version.deadline, version.source_url, version.country) == (date(2011, 9, 1), "www.example.org", "GB")


@pytest.mark.parametrize(
    ("change", "column", "code"),
    [
        ({"title": ""}, "title", "title_missing"),
        ({"title": "x" * 257}, "title", "text_too_long"),
        ({"description": "a\x0bb"}, "description", "text_control"),
        ({"trl": "10"}, "trl", "whole_range"),
        ({"trl": "high"}, "trl", "whole"),
        ({"technology_codes": "30 99"}, "technology_codes", "code_unknown"),
        ({"amount_min": "1,000", "currency": "CNY"}, "amount_min", "amount_format"),
        ({"amount_min": "10.001", "currency": "CNY"}, "amount_min", "currency_exponent"),
        ({"amount_min": "10"}, "currency", "currency_missing"),
        ({"amount_min": "10", "currency": "cny"}, "currency", "code_unknown"),
        ({"org_country": "Atlantis"}, "org_country", "code_unknown"),
        ({"valid_until": "2020-02-30"}, "valid_until", "day"),
    ],
)
@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_a_bad_row_is_reported_with_row_column_value_and_reason(organization, tmp_path, name, change, column, code):
    report, _ = run(write(tmp_path, [GOOD, GOOD | {"external_id": "2"} | change], name), organization)
    fault = next(fault for fault in report.faults if fault.code == code)
    assert (report.created, report.rejected) == (1, 1)
    assert (fault.row, fault.column) == (3 if name == "a.csv" else 2, column)
    assert fault.value == str(change.get(column, ""))[:80]
    assert fault.reason


def test_a_row_number_is_what_a_spreadsheet_shows(organization, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('title;description\r\nA;"two\nlines"\r\n\r\n;B\r\nC;D;E\r\n', encoding="utf-8-sig")
    report, _ = run(path, organization)
    assert report.created == 1
    assert [(fault.row, fault.code) for fault in report.faults] == [(4, "title_missing"), (5, "unreadable")]


def test_lines_that_are_no_objects_are_reported(organization, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('[1]\n{"title": "A", "title": "B"}\n{"title": NaN}\nnonsense\n\n{"title": "A", "description": "B"}\n')
    report, _ = run(path, organization)
    assert (report.rows, report.created, [fault.row for fault in report.faults]) == (5, 1, [1, 2, 3, 4])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b"title,title\na,b\n"),
        ("a.csv", b"name,description\na,b\n"),
        ("a.csv", b'title,description\na,"b\n'),
        ("a.csv", b"title,description\n\xff\x81\x8d,b\n"),
        ("a.csv", b""),
        ("a.jsonl.gz", b"not gzip"),
        ("a.jsonl.gz", gzip.compress(b'{"title": "A"}\n' * 100, mtime=0)[:-12]),
        ("a.xlsx", b"PK"),
        ("a.jsonl", b'{"title": "' + b"x" * (reading.LONGEST_LINE + 10) + b'"}\n'),
    ],
)
def test_a_file_that_cannot_be_read_stores_nothing(organization, tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises((reading.Unreadable, reading.WrongType)):
        run(path, organization)
    assert count(Listing) == 0


def test_repeating_changes_nothing_and_says_so(organization, fair, tmp_path):
    path = write(tmp_path, [GOOD, {"title": "Without id", "description": "B"}])
    first, _ = run(path, organization, fair=fair, publish=True)
    audits = count(AuditRow)
    again, _ = run(path, organization, fair=fair, publish=True)
    assert (first.created, first.published) == (2, 2)
    assert (again.created, again.updated, again.unchanged, again.published) == (0, 0, 2, 0)
    assert (count(Listing), count(ListingVersion), count(AuditRow)) == (2, 2, audits)


def test_a_changed_row_becomes_a_new_version_of_what_the_file_has(organization, fair, tmp_path):
    run(write(tmp_path, [GOOD]), organization, fair=fair, publish=True)
    listing = db.session.scalars(select(Listing)).one()
    with transaction():
        drafting.revise(listing, {"ip_status": "granted"}, by=None)
    report, _ = run(write(tmp_path, [{**GOOD, "title": "Better heat pump"}]), organization, fair=fair, publish=True)
    assert (report.updated, report.published) == (1, 1)
    version = drafting.newest_version(listing)
    assert (version.number, version.title_en, version.ip_status, listing.public_number) == (2, "Better heat pump", "granted", 2)


def test_the_same_id_twice_names_both_rows(organization, tmp_path):
    report, _ = run(write(tmp_path, [GOOD, GOOD | {"title": "Other"}]), organization)
    assert (report.created, report.rejected) == (1, 1)
    assert (report.faults[0].row, report.faults[0].code) == (2, "id_twice")
    assert "1" in report.faults[0].reason


def test_published_rows_need_no_submission_fields_and_leave_an_audit_row(organization, fair, tmp_path):
    judge = actor(make_staff(fair, "moderator"))
    report, _ = run(write(tmp_path, [GOOD | {"segment": "universities"}]), organization, fair=fair, publish=True, by=judge)
    entry = db.session.scalars(select(FairEntry)).one()
    listing = db.session.scalars(select(Listing)).one()
    assert (entry.status, entry.published_number, entry.decided_by) == (EntryStatus.PUBLISHED, 1, judge.person_id)
    assert entry.segment_id is not None
    assert (listing.public_number, listing.num) == (1, entry.num)
    rows = db.session.scalars(select(AuditRow).where(AuditRow.subject == f"listing:{listing.id}")).all()
    assert [(row.action, row.person_id, row.fair_id, row.facts["published"]) for row in rows] == [("listings.import", judge.person_id, fair.id, True)]
    assert report.published == 1


def test_an_earlier_draft_is_published_by_a_second_run(organization, fair, tmp_path):
    path = write(tmp_path, [GOOD])
    run(path, organization)
    report, _ = run(path, organization, fair=fair, publish=True)
    assert (report.entered_only, report.published, report.unchanged) == (1, 1, 0)


def test_what_the_owner_withdrew_stays_withdrawn(organization, fair, tmp_path):
    from marketplace.listings import entering

    run(write(tmp_path, [GOOD]), organization, fair=fair, publish=True)
    listing = db.session.scalars(select(Listing)).one()
    entering.withdraw(listing.id, fair_slug=fair.slug, by=actor(make_member(organization)))
    db.session.commit()
    report, _ = run(write(tmp_path, [GOOD | {"title": "Again"}]), organization, fair=fair, publish=True)
    assert (report.updated, report.published, [note.code for note in report.notes]) == (1, 0, ["not_published"])
    assert listing.public_number is None


def test_without_publish_complete_rows_are_submitted_and_others_stay_drafts(organization, fair, tmp_path):
    whole = GOOD | {
        "external_id": "2", "summary_en": "Steam.", "technology_codes": "30", "deal_kinds": "licence;transfer", "ip_status": "unknown",
        "price_mode": "negotiable", "segment": "universities",
    }  # fmt: skip
    report, _ = run(write(tmp_path, [GOOD, whole], "a.csv"), organization, fair=fair)
    assert (report.created, report.submitted, report.published) == (2, 1, 0)
    assert {note.row for note in report.notes} == {2}
    entry = db.session.scalars(select(FairEntry)).one()
    assert (entry.status, entry.submitted_number) == (EntryStatus.SUBMITTED, 1)


def test_a_segment_that_the_fair_does_not_have_is_a_bad_row(organization, fair, tmp_path):
    report, _ = run(write(tmp_path, [GOOD | {"segment": "nowhere"}]), organization, fair=fair, publish=True)
    assert [(fault.column, fault.value, fault.code) for fault in report.faults] == [("segment", "nowhere", "segment_unknown")]


def test_members_may_not_import_and_staff_not_for_their_own_organization(organization, fair, tmp_path):
    with pytest.raises(Forbidden):
        Import(Kind.NEED, organization, fair=fair, publish=True, by=actor(make_member(organization)))
    insider = make_member(organization, person=make_staff(fair, "moderator"))
    with pytest.raises(FourEyes):
        Import(Kind.NEED, organization, fair=fair, publish=True, by=actor(insider))
    with pytest.raises(Forbidden):
        Import(Kind.NEED, organization, fair=fair, publish=True, by=actor(make_staff(make_fair(), "moderator")))


def test_an_export_is_imported_again_unchanged(organization, fair, tmp_path):
    row = GOOD | {
        "title": "=1+1 is no formula", "title_zh": "热泵", "description_zh": "-说明\n\n第二段", "amount_min": "10.50", "currency": "CNY",
        "technology_codes": "30 24", "target_countries": "CN,DE", "ip_status": "unknown", "valid_until": "2030-01-31", "segment": "universities",
    }  # fmt: skip
    run(write(tmp_path, [row], "a.csv"), organization, fair=fair, publish=True)
    for form in ("csv", "jsonl"):
        path = tmp_path / f"out.{form}"
        found = exporting.rows(Kind.ACHIEVEMENT, fair=fair)
        with path.open("w", newline="") as out:
            assert (exporting.write_csv(out, found, Kind.ACHIEVEMENT) if form == "csv" else exporting.write_jsonl(out, found)) == 1
        report, unknown = run(path, organization, fair=fair, publish=True)
        assert (report.unchanged, report.faults, unknown) == (1, [], set())
        if form == "csv":
            assert "'=1+1 is no formula" in path.read_text()
            assert ",'-说明" in path.read_text() or "\"'-说明" in path.read_text()


def test_the_command_reports_stores_and_fails_when_a_row_is_bad(app, organization, fair, tmp_path):
    path = write(tmp_path, [GOOD, {"external_id": "9", "description": "no title"}])
    answer = app.test_cli_runner().invoke(args=["listings", "import", str(path), "--kind", "achievement", "--organization", "tto", "--json"])
    report = json.loads(answer.stdout)
    assert answer.exit_code == 1
    assert (report["rows"], report["created"], report["rejected"], report["accepted"]) == (2, 1, 1, 1)
    assert report["faults"][0] == {"row": 2, "column": "title_en", "value": "", "code": "title_missing", "reason": report["faults"][0]["reason"], "suggestion": ""}
    assert count(Listing) == 1


def test_a_dry_run_says_the_same_and_stores_nothing(app, organization, fair, tmp_path):
    path = write(tmp_path, [GOOD])
    args = ["listings", "import", str(path), "--kind", "achievement", "--organization", "tto", "--publish", "--dry-run"]
    answer = app.test_cli_runner().invoke(args=args)
    assert answer.exit_code == 0, answer.output
    assert "Dry run, nothing stored: 1 rows: 1 created" in answer.output
    assert (count(Listing), count(FairEntry), count(AuditRow)) == (0, 0, 0)


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (["--organization", "nobody"], "no organisation"),
        (["--organization", "tto", "--fair", "nowhere"], "nothing here"),
        (["--organization", "tto", "--publish"], "no current fair"),
    ],
)
def test_the_command_names_what_is_missing(app, organization, tmp_path, args, text):
    path = write(tmp_path, [GOOD])
    answer = app.test_cli_runner().invoke(args=["listings", "import", str(path), "--kind", "need", *args])
    assert answer.exit_code == 1
    assert text in answer.output


def test_the_export_command_leaves_drafts_out_unless_asked(app, organization, fair, tmp_path):
    run(write(tmp_path, [GOOD]), organization)
    for more, rows in (([], 0), (["--drafts"], 1), (["--drafts", "--organization", "tto"], 1)):
        answer = app.test_cli_runner().invoke(args=["listings", "export", "--kind", "achievement", *more])
        assert len(answer.stdout.splitlines()) == rows


def test_staff_publish_no_draft_that_its_owner_did_not_hand_in(app):
    with transaction():
        market = make_market()
        listing = listing_of(published(market, external_id="X1"))
        drafting.revise(listing, {"summary_en": "Not ready for anybody"}, by=market.by)
        values = {"external_id": "X1", "title_en": "Heat pump for process steam", "description_en": "It lifts waste heat, says staff."}
        run = Import(Kind.ACHIEVEMENT, market.agency, fair=market.fair, publish=True, by=None)
        run.take([Row(2, values, {name: name for name in values})])
        report = run.finish()
    assert [note.code for note in report.notes] == ["draft_not_handed_in"]
    assert (report.unchanged, report.published) == (1, 0)
    assert queries.public_one(Kind.ACHIEVEMENT, listing.id)["summary_en"] != "Not ready for anybody"
    assert drafting.newest_version(listing).description_en == "It lifts waste heat."
