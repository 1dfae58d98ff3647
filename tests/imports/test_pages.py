"""The whole way through the pages: hand in, read what is wrong, correct, commit; and what nobody may do."""

import io

import pytest
from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.imports.models import ImportJob, State
from marketplace.listings.models import Kind, Listing
from tests.factories import make_member, make_organization, make_staff, sign_in
from tests.imports.handing_in import BAD, GOOD, csv_of, hand_in, newest, press, xlsx_of
from tests.listings.factories_listings import make_market


@pytest.fixture
def market(client):
    market = make_market(slug="today", current=True)
    sign_in(client, market.owner)
    return market


def listings() -> int:
    return db.session.scalar(select(func.count()).select_from(Listing))


def adds_up(job: ImportJob) -> bool:
    return job.counts["accepted"] + job.counts["rejected"] + job.counts["skipped"] == job.counts["rows"]


def test_good_rows_are_stored_after_the_commit_and_not_before(client, market):
    answer = hand_in(client, csv_of([GOOD, GOOD | {"external_id": "2", "title": "Another pump for steam"}]))
    assert answer.status_code == 303, answer.text
    job = newest()
    assert (job.state, job.counts["good"], listings()) == (State.CHECKED, 2, 0)
    assert "Import 2 rows" in client.get(f"/imports/{job.id}").text
    assert press(client, job, "commit").status_code == 303
    job = newest()
    assert (job.state, job.counts["accepted"], listings(), adds_up(job)) == (State.DONE, 2, 2, True)


def test_pressed_twice_it_is_stored_once(client, market):
    hand_in(client, csv_of([GOOD]))
    job = newest()
    assert [press(client, job, "commit").status_code for _ in range(3)] == [303, 303, 303]
    assert listings() == 1


def test_the_same_file_again_changes_nothing_and_says_so(client, market):
    for expected in (1, 0):
        hand_in(client, csv_of([GOOD]))
        page = client.get(f"/imports/{newest().id}").text
        assert ("changes nothing" in page) is (expected == 0)
        press(client, newest(), "commit")
        job = newest()
        assert (job.counts["accepted"], job.counts["skipped"], adds_up(job)) == (expected, 1 - expected, True)
    assert "Nothing changed" in client.get(f"/imports/{job.id}").text


@pytest.mark.parametrize("make", [csv_of, xlsx_of])
def test_the_file_of_errors_is_corrected_and_comes_in_again(client, market, make):
    name = "rows.csv" if make is csv_of else "rows.xlsx"
    hand_in(client, make([GOOD, BAD]), name=name)
    job = newest()
    page = client.get(f"/imports/{job.id}").text
    assert "eleven" in page and "title_missing" in page and (job.counts["rejected"], job.counts["faults"]) == (1, 2)
    assert press(client, job, "commit").status_code == 422
    assert listings() == 0
    assert press(client, job, "commit", only_good="on").status_code == 303
    assert (newest().state, listings(), adds_up(newest())) == (State.DONE, 1, True)
    errors = client.get(f"/imports/{job.id}/errors").data
    if make is csv_of:
        lines = errors.decode("utf-8-sig").splitlines()
        assert len(lines) == 2 and lines[0].endswith(",reasons") and "whole number" in lines[1]
        errors = "\n".join([lines[0], lines[1].replace("eleven", "3").replace("2,,", "2,Better title,")]).encode()
    hand_in(client, errors, name=name)
    job = newest()
    assert (job.counts["rows"], job.counts["rejected"]) == ((1, 0) if make is csv_of else (1, 1))


def test_unknown_columns_are_asked_once_and_remembered(client, market):
    content = csv_of([{"Bezeichnung": "Heat pump", "Beschreibung": "Text", "Notes": "internal"}])
    hand_in(client, content)
    job = newest()
    assert (job.state, job.columns) == (State.TO_MAP, ["Bezeichnung", "Beschreibung", "Notes"])
    page = client.get(f"/imports/{job.id}").text
    assert "What are these columns?" in page and 'data-label="For example">internal<' in page
    assert press(client, job, "mapping", **{"column-0": "", "column-1": "title_en"}).status_code == 303
    assert newest().counts["rejected"] == 1
    press(client, newest(), "mapping", **{"column-0": "title_en", "column-1": "description_en", "column-2": ""})
    assert (newest().state, newest().counts["good"]) == (State.CHECKED, 1)
    hand_in(client, content)
    assert (newest().state, newest().counts["good"]) == (State.CHECKED, 1)
    hand_in(client, csv_of([{"Bezeichnung": "", "Beschreibung": "Text", "Notes": ""}]))
    hand_in(client, client.get(f"/imports/{newest().id}/errors").data.replace(b"\r\n,", b"\r\nHeat pump,"))
    assert newest().columns[-1] == "reasons"
    assert (newest().state, newest().counts["good"]) == (State.CHECKED, 1)


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"column-0": "title_en", "column-1": "title_en"}, "Only one column can be “Title in English”, and these are: “Bezeichnung”, “Beschreibung”."),
        ({"column-0": "password"}, "“password” is no field."), ({"column-0": "country"}, "Say which column holds the title."),
    ],
)  # fmt: skip
def test_a_mapping_that_cannot_be_is_refused(client, market, columns, said):
    hand_in(client, csv_of([{"Bezeichnung": "Heat pump", "Beschreibung": "Text"}]))
    answer = press(client, newest(), "mapping", **columns)
    assert (answer.status_code, said in answer.text) == (422, True)
    assert newest().state is State.TO_MAP


@pytest.mark.one_database
def test_a_file_without_rows_says_so(client, market):
    hand_in(client, b"title_en,description_en\n")
    assert "no row below its header" in client.get(f"/imports/{newest().id}").text


@pytest.mark.one_database
def test_an_unknown_code_of_many_is_not_answered_with_the_first_of_them(client, market):
    hand_in(client, csv_of([GOOD | {"country": "Germny"}, GOOD | {"external_id": "2", "ip_status": "patent"}]))
    page = client.get(f"/imports/{newest().id}").text
    assert "the workbook to fill in lists them all" in page and ">DE<" in page
    assert "AD, AE" not in page and "Choose one of the listed values" in page


@pytest.mark.parametrize(("choice", "stored", "accepted"), [("keep", 2, 1), ("skip", 1, 0), ("update", 1, 1)])
def test_a_possible_duplicate_is_decided_by_its_owner(client, market, choice, stored, accepted):
    hand_in(client, csv_of([GOOD]))
    press(client, newest(), "commit")
    hand_in(client, csv_of([GOOD | {"external_id": "other", "title": "HEAT PUMP, for process-steam", "description": "It lifts heat."}]))
    job = newest()
    page = client.get(f"/imports/{job.id}").text
    assert job.counts["alike"] == 1 and "Possible duplicates" in page and "Your listing" in page
    press(client, job, "commit", **{"choice-2": choice})
    assert (newest().state, listings(), newest().counts["accepted"], adds_up(newest())) == (State.DONE, stored, accepted, True)


def test_what_is_cancelled_stays_out(client, market):
    hand_in(client, csv_of([GOOD]))
    job = newest()
    assert press(client, job, "cancel").status_code == 303
    assert press(client, job, "commit").status_code == 409
    assert (newest().state, listings()) == (State.CANCELLED, 0)


def test_rows_go_to_the_moderator_of_the_fair(client, market):
    whole = GOOD | {"summary_en": "Steam.", "technology_codes": "30", "deal_kinds": "Licence", "ip_status": "unknown", "price_mode": "unknown"}
    hand_in(client, csv_of([whole, GOOD | {"external_id": "2", "title": "Not complete yet"}]), place="today/universities")
    press(client, newest(), "commit")
    job = newest()
    assert (job.state, job.counts["submitted"], job.counts["notes"] > 0, adds_up(job)) == (State.DONE, 1, True, True)
    assert "not entered in the fair" in client.get(f"/imports/{job.id}").text


def test_another_organizations_import_is_not_there(client, market):
    hand_in(client, csv_of([GOOD]))
    job = newest()
    for person in (make_member(make_organization()), make_staff(market.fair, "moderator")):
        sign_in(client, person)
        assert client.get(f"/imports/{job.id}").status_code == 404
        assert press(client, job, "commit").status_code == 404
    sign_in(client, market.reader)
    assert client.get(f"/imports/{job.id}").status_code == 403


def test_staff_import_for_others_and_publish(client, market):
    sign_in(client, market.moderator)
    answer = hand_in(client, csv_of([GOOD]), organization=market.agency.slug, place="today/universities", publish="on")
    assert answer.status_code == 303, answer.text
    job = newest()
    press(client, job, "commit")
    assert (newest().state, newest().counts["published"]) == (State.DONE, 1)
    sign_in(client, market.owner)
    assert client.get(f"/imports/{job.id}").status_code == 404


def test_staff_see_no_draft_that_looks_like_their_row(client, market):
    hand_in(client, csv_of([GOOD | {"description": "Unsaid Formula 4711"}]))
    press(client, newest(), "commit")
    sign_in(client, market.moderator)
    hand_in(client, csv_of([GOOD | {"external_id": "other"}]), organization=market.agency.slug, place="today/universities", publish="on")
    job = newest()
    assert job.counts["alike"] == 0
    assert "Unsaid Formula" not in client.get(f"/imports/{job.id}").text


@pytest.mark.parametrize(
    ("fields", "status"),
    [({"organization": "nobody"}, 404), ({"publish": "on", "place": "today"}, 403), ({"place": "nowhere"}, 422), ({"place": "today/nowhere"}, 422), ({"kind": "x"}, 422), ({"file": ""}, 422)],
)
def test_a_wrong_upload_is_refused_with_its_field(client, market, fields, status):
    assert hand_in(client, csv_of([GOOD]), **fields).status_code == status
    assert db.session.scalar(select(func.count()).select_from(ImportJob)) == 0


@pytest.mark.one_database
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_template_is_an_empty_file_that_is_read(client, market, form, kind, language):
    answer = client.get(f"/imports/template.{form}?kind={kind.value}&lang={language}")
    assert answer.status_code == 200
    hand_in(client, answer.data, name=f"t.{form}", kind=kind.value)
    job = newest()
    assert (job.state, job.counts.get("rows"), len(job.columns) > 20) == (State.CHECKED, 0, True), job.failure


@pytest.mark.one_database
def test_a_file_that_is_none_is_refused_at_once(client, market):
    for content, status in ((b"%PDF-1.7 x", 415), (b"PK\x03\x04junk", 422), (b"", 422), (b"\xd0\xcf\x11\xe0\xa1\xb1", 415)):
        answer = client.post("/imports", data={**form_of(client), "file": (io.BytesIO(content), "rows.csv")}, content_type="multipart/form-data")
        assert answer.status_code == status, content


def form_of(client):
    from tests.factories import form_token

    return {**form_token(client, "/imports"), "kind": "achievement"}


def test_a_page_at_work_looks_again_and_can_be_asked_to(client, market):
    hand_in(client, csv_of([GOOD]), done=False)
    page = client.get(f"/imports/{newest().id}").text
    assert 'data-look-again="2"' in page and "Look again" in page
