"""Taking in a list of organisations: good rows are stored once, each bad one says why, and the same file again changes nothing."""

import io
import json

import pytest
from sqlalchemy import select

from marketplace.core.audit import AuditRow
from marketplace.core.db import db, transaction
from marketplace.core.errors import DomainError, Forbidden, Invalid, TooLarge
from marketplace.organizations import duplicates, importing
from marketplace.organizations.models import Invitation, Kind, Organization, OrganizationNumber, Role, Status
from tests.factories import actor, api, form_token, make_member, make_organization, make_person, make_token, sign_in

HEADER = "ror,name,name_en,name_zh,acronym,country,city,types,status,website\n"
GOOD = (
    "https://ror.org/03cve4549,Tsinghua University,Tsinghua University,清华大学,THU,CN,Beijing,education|funder,active,https://www.tsinghua.edu.cn\n"
    "https://ror.org/02v51f717,Peking University,Peking University,北京大学,PKU,CN,Beijing,education,active,https://www.pku.edu.cn\n"
    "https://ror.org/034t30j35,Chinese Academy of Sciences,Chinese Academy of Sciences,中国科学院,CAS,CN,Beijing,company,active,\n"
)


def take(text, by=None, **more):
    with transaction():
        return importing.take(text.encode() if isinstance(text, str) else text, by=by, **more)


def counts(report):
    return report.rows, report.created, report.updated, report.unchanged, report.rejected


def test_good_rows_are_approved_organisations_with_their_number(app):
    report = take(HEADER + GOOD)
    assert counts(report) == (3, 3, 0, 0, 0)
    found = {row.slug: row for row in db.session.scalars(select(Organization))}
    assert {slug: (row.kind, row.status) for slug, row in found.items()} == {
        "tsinghua-university": (Kind.INSTITUTE, Status.APPROVED), "peking-university": (Kind.INSTITUTE, Status.APPROVED),
        "chinese-academy-of-sciences": (Kind.COMPANY, Status.APPROVED),
    }  # fmt: skip
    assert set(db.session.scalars(select(OrganizationNumber.value))) == {"03cve4549", "02v51f717", "034t30j35"}
    [row] = db.session.scalars(select(AuditRow).where(AuditRow.action == "organizations.import"))
    assert (row.facts["created"], len(row.facts["file"])) == (3, 64)


def test_the_same_file_again_changes_nothing_and_another_brings_up_to_date(app):
    take(HEADER + GOOD)
    versions = dict(db.session.execute(select(Organization.slug, Organization.version)).all())
    assert counts(take(HEADER + GOOD)) == (3, 0, 0, 3, 0)
    assert dict(db.session.execute(select(Organization.slug, Organization.version)).all()) == versions
    thu = db.session.scalars(select(Organization).where(Organization.slug == "tsinghua-university")).one()
    make_member(db.session.scalars(select(Organization).where(Organization.slug == "peking-university")).one())
    renamed = GOOD.replace("www.tsinghua", "en.tsinghua").replace("www.pku", "en.pku")
    assert counts(take(HEADER + renamed)) == (3, 0, 1, 2, 0)  # Peking's owners keep what they wrote
    assert db.session.get(Organization, thu.id).website == "https://en.tsinghua.edu.cn"


BAD = [
    ("https://ror.org/03cve4548,A,A,,,CN,,education,,", "ror", "number_check"), ("02v51f717,B,B,,,XK,,education,,", "country", "code_unknown"),
    ("02v51f717,,,,,CN,,education,,", "name", "name_missing"), ("02v51f717,C,C,,,CN,,education,,javascript:alert(1)", "website", "website"),
    ("02v51f717,Taken Institute,,,,CN,,education,,", "name", "name_taken"), (f"02v51f717,{'x' * 201},,,,CN,,education,,", "name_en", "text_too_long"),
]  # fmt: skip


def test_a_bad_row_says_where_and_why_and_leaves_the_others(app):
    make_organization(name_key="takeninstitute")
    report = take(HEADER + GOOD.splitlines(keepends=True)[0] + "\n".join(row for row, *_ in BAD) + "\n")
    assert counts(report) == (1 + len(BAD), 1, 0, 0, len(BAD))
    found = sorted((fault.row, fault.column, fault.code) for fault in report.faults)
    assert found == [(number, column, code) for number, (_, column, code) in enumerate(BAD, 3)]
    assert all(fault.reason for fault in report.faults)


@pytest.mark.one_database
def test_a_number_twice_in_one_file_is_stored_once(app):
    report = take(HEADER + GOOD + GOOD.splitlines()[0].replace("Tsinghua University", "Another University").replace("清华大学", "") + "\n")
    assert (counts(report), report.faults[0].code) == ((4, 3, 0, 0, 1), "number_taken")


@pytest.mark.one_database
def test_an_only_tried_file_stores_nothing(app):
    report = take(HEADER + GOOD, dry_run=True)
    assert counts(report) == (3, 3, 0, 0, 0)
    assert db.session.scalars(select(Organization)).all() == []


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", Invalid), (b"\xff\xfe\x00a", Invalid), ("国家,名称\n".encode("gb18030"), Invalid), (b"name,country\nA,CN\n", Invalid), (b"PK\x03\x04" + b"\0" * 50, Invalid),
        (b'ror,name,country,types\n"03cve4549', Invalid), (b"x" * (importing.MOST_BYTES + 1), TooLarge),
        (b"ror,name,country,types\n" + b"a,b,c,d\n" * (importing.MOST_ROWS + 1), TooLarge),
    ],
)  # fmt: skip
@pytest.mark.one_database
def test_a_file_that_is_none_is_refused_whole(app, content, kind):
    with pytest.raises(DomainError) as refused:
        take(content)
    assert isinstance(refused.value, kind)


@pytest.mark.one_database
def test_columns_may_be_named_in_chinese(app):
    assert counts(take("编号,名称,国家,类型\n03cve4549,清华大学,cn,education\n")) == (1, 1, 0, 0, 0)


def test_imported_ones_are_compared_with_those_that_are_here(app):
    make_organization(name_en="University of Peking", name_key="universityofpeking")
    with transaction():
        duplicates.rebuild()
    take(HEADER + GOOD)
    [alike] = duplicates.proposals().rows
    assert {each.name for each in alike.organizations} == {"University of Peking", "Peking University"}


def test_staff_tell_two_apart_until_a_third_comes(app):
    for n, name in enumerate(("Peking University", "University of Peking")):
        with transaction():
            duplicates.note(make_organization(name_en=name, name_key=f"peking{n}"))
    [alike] = duplicates.proposals().rows
    with transaction():
        duplicates.dismiss(alike.kind, alike.value, by=actor(make_person(admin=True)))
    assert duplicates.proposals().rows == []
    with transaction():
        duplicates.note(make_organization(name_en="The Peking University", name_key="peking3"))
    assert len(duplicates.proposals().rows[0].organizations) == 3


@pytest.mark.one_database
def test_the_page_and_the_api(app, client):
    with pytest.raises(Forbidden):
        take(HEADER + GOOD, by=actor(make_member()))
    admin = make_person(admin=True)
    sign_in(client, admin)
    file = (io.BytesIO((HEADER + GOOD + BAD[0][0] + "\n").encode()), "ror.csv")
    page = client.post("/staff/organizations/import", data=form_token(client, "/staff/organizations/import") | {"file": file, "dry_run": "on"})
    assert page.status_code == 200
    assert "What would become of it" in page.text
    assert "check digit" in page.text
    none = client.post("/staff/organizations/import", data=form_token(client, "/staff/organizations/import"))
    assert (none.status_code, "Please choose a file" in none.text) == (422, True)
    file = (io.BytesIO((HEADER + GOOD).encode()), "ror.csv")
    told = client.post("/api/v1/organizations/import", data={"file": file}, headers=api(make_token(admin)))
    assert told.status_code == 200, told.text
    assert {name: told.json[name] for name in ("rows", "accepted", "created", "skipped", "rejected")} == {"rows": 3, "accepted": 3, "created": 3, "skipped": 0, "rejected": 0}


@pytest.mark.one_database
def test_the_commands(app, tmp_path):
    file = tmp_path / "ror.csv"
    file.write_text(HEADER + GOOD + BAD[0][0] + "\n")
    run = app.test_cli_runner().invoke
    first = run(args=["organizations", "import", str(file), "--json"])
    assert (first.exit_code, json.loads(first.output)["created"]) == (1, 3)
    file.write_text(HEADER + GOOD)
    assert "3 unchanged" in run(args=["organizations", "import", str(file)]).output
    assert "3 organisations" in run(args=["organizations", "refold"]).output
    merged = run(args=["organizations", "merge", "peking-university", "tsinghua-university", "--json"])
    assert (merged.exit_code, json.loads(merged.output)["merged"]) == (0, "tsinghua-university")
    again = run(args=["organizations", "merge", "peking-university", "tsinghua-university", "--dry-run", "--json"])
    assert json.loads(again.output)["moving"] == {}
    assert run(args=["organizations", "merge", "peking-university", "peking-university"]).exit_code == 1


def test_staff_invite_the_first_owner_of_one_that_nobody_belongs_to(app, client):
    take(HEADER + GOOD)
    thu = db.session.scalars(select(Organization).where(Organization.slug == "tsinghua-university")).one()
    sign_in(client, make_person(admin=True))
    page = f"/staff/organizations/{thu.id}"
    assert client.post(f"{page}/owner", data=form_token(client, page) | {"email": "li.na@example.org"}).status_code == 303
    [invitation] = db.session.scalars(select(Invitation))
    assert (invitation.email, invitation.role) == ("li.na@example.org", Role.OWNER)
    token = form_token(client, page)
    make_member(thu)
    again = client.post(f"{page}/owner", data=token | {"email": "other@example.org"})
    assert (again.status_code, "Invite the first owner" in again.text) == (409, False)
