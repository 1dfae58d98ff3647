"""Pages of organisations, in both languages, and each refusal they can show."""

import re

import pytest
from sqlalchemy import select

from marketplace.core.audit import AuditRow
from marketplace.core.db import db
from marketplace.core.jobs import OutboxRow
from marketplace.organizations.models import Membership, Organization, Role, Status
from tests.factories import form_token, make_fair, make_member, make_organization, make_person, make_staff, sign_in

CHINESE = {"Accept-Language": "zh-CN"}
NEW = {"kind": "agency", "country": "CN", "name_en": "Northgate Transfer"}


def post(client, path, page=None, **fields):
    return client.post(path, data=form_token(client, page or path) | fields)


def invited(client, organization, **fields):
    """Invite as the signed-in owner; the path of the mailed link."""
    answer = post(client, "/organization/invitations", page="/organization", **({"email": "new@example.org", "role": "editor"} | fields))
    assert answer.status_code == 303, answer.text
    mail = db.session.scalars(select(OutboxRow).order_by(OutboxRow.id.desc())).first().payload
    return re.search(r"/invitations/\S+", mail["body"])[0]


@pytest.fixture
def organization(app):
    return make_organization(name_en="Northgate Transfer", name_key="northgatetransfer", name_zh="北门技术转移")


@pytest.fixture
def owner(organization):
    return make_member(organization)


@pytest.mark.parametrize("headers", [{}, CHINESE])
def test_every_page_opens_in_both_languages(client, organization, owner, headers):
    lang = 'lang="zh-Hans"' if headers else 'lang="en"'
    manager = make_member(organization, person=make_staff(make_fair()))
    review = f"/staff/organizations/{organization.id}"
    public = ["/organizations", f"/organizations/{organization.slug}"]
    for path in public:
        page = client.get(path, headers=headers)
        assert (page.status_code, lang in page.text[:80]) == (200, True), path
    sign_in(client, owner)
    link = invited(client, organization)
    for path in [*public, "/organization", "/organization/edit", "/organizations/new", link]:
        page = client.get(path, headers=headers)
        assert (page.status_code, lang in page.text[:80]) == (200, True), path
    sign_in(client, manager)
    for path in ["/staff/organizations", "/staff/organizations?status=approved", review]:
        page = client.get(path, headers=headers)
        assert (page.status_code, lang in page.text[:80]) == (200, True), path


def test_a_person_registers_and_finds_the_way_back(client):
    person = make_person()
    sign_in(client, person)
    answer = post(client, "/organizations/new", **NEW)
    assert (answer.status_code, answer.location) == (303, "/organization")
    page = client.get("/organization").text
    assert "waits for approval" in page
    assert person.email in page


def test_a_refused_registration_keeps_what_was_typed(client, organization):
    sign_in(client, make_person())
    answer = post(client, "/organizations/new", **NEW, about_en="We move technology.")
    assert answer.status_code == 409
    assert "looks like it" in answer.text
    assert "We move technology." in answer.text
    answer = post(client, "/organizations/new", kind="bank", country="XX", website="javascript:alert(1)", region="11")
    assert answer.status_code == 422
    assert set(re.findall(r'data-code="(\w+)"', answer.text)) >= {"code_unknown", "website"}
    assert db.session.query(Organization).count() == 1


def test_strangers_are_sent_to_sign_in(client):
    for path in ("/organization", "/organizations/new", "/organization/edit", "/staff/organizations"):
        answer = client.get(path)
        assert (answer.status_code, answer.location.split("?")[0]) == (303, "/sign-in"), path


def test_the_directory_shows_approved_ones_only_and_filters(client, organization):
    make_organization(name_en="Waiting Works", status=Status.PENDING)
    make_organization(name_en="Refused Works", status=Status.DECLINED)
    make_organization(name_en="Elbe Institute", kind="institute", country="DE")
    page = client.get("/organizations").text
    assert "Northgate" in page
    assert "Elbe" in page
    assert "Works" not in page
    assert "Northgate" not in client.get("/organizations?country=DE&kind=").text
    assert "Elbe" not in client.get("/organizations?kind=agency").text
    assert "Northgate" in client.get("/organizations?q=北门").text
    assert "No organisation fits" in client.get("/organizations?q=%25").text
    assert client.get("/organizations?country=ZZ").status_code == 422


def test_the_directory_goes_on_page_by_page(client, app):
    for number in range(5):
        make_organization(name_en=f"Page {number}", name_key=f"page{number}")
    seen, path = [], "/organizations?limit=2"
    while path:
        page = client.get(path).text
        seen += re.findall(r">(Page \d)</a>", page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = following[1].replace("&amp;", "&") if following else None
    assert seen == [f"Page {number}" for number in range(5)]


def test_the_public_page_names_nobody(client, organization, owner):
    page = client.get(f"/organizations/{organization.slug}").text
    assert "Northgate Transfer" in page
    assert owner.email not in page
    assert owner.name not in page


@pytest.mark.parametrize("status", [Status.PENDING, Status.DECLINED])
def test_before_approval_the_page_is_for_members_and_approvers(client, status):
    organization = make_organization(status=status)
    path = f"/organizations/{organization.slug}"
    unknown = client.get("/organizations/nobody")
    hidden = client.get(path)
    assert hidden.status_code == unknown.status_code == 404
    for person, expected in ((make_person(), 404), (make_member(), 404), (make_member(organization, role=Role.READER), 200), (make_staff(make_fair()), 200)):
        sign_in(client, person)
        assert client.get(path).status_code == expected


def test_a_reader_sees_members_but_changes_nothing(client, organization, owner):
    reader = make_member(organization, role=Role.READER)
    sign_in(client, reader)
    page = client.get("/organization").text
    assert owner.email in page
    assert "Invite a colleague" not in page
    assert client.get("/organization/edit").status_code == 403
    token = form_token(client, "/organization")
    for path in ("/organization/invitations", f"/organization/members/{reader.id}/role", f"/organization/members/{owner.id}/end"):
        assert client.post(path, data=token | {"role": "owner", "email": "x@example.org", "once": path}).status_code == 403, path
    rows = db.session.scalars(select(AuditRow).where(AuditRow.action == "refused")).all()
    assert {row.person_id for row in rows} == {reader.id}


def test_an_ended_member_is_out_at_the_next_request(client, app, organization, owner):
    editor = make_member(organization, role=Role.EDITOR)
    theirs = app.test_client()
    sign_in(theirs, editor)
    assert theirs.get("/organization").status_code == 200
    sign_in(client, owner)
    assert post(client, f"/organization/members/{editor.id}/end", page="/organization").status_code == 303
    assert theirs.get("/organization").status_code == 403


def test_the_last_owner_cannot_leave(client, organization, owner):
    sign_in(client, owner)
    answer = post(client, f"/organization/members/{owner.id}/end", page="/organization")
    assert answer.status_code == 409
    assert "last owner" in answer.text


def test_an_owner_gives_a_role(client, organization, owner):
    reader = make_member(organization, role=Role.READER)
    sign_in(client, owner)
    assert post(client, f"/organization/members/{reader.id}/role", page="/organization", role="editor").status_code == 303
    assert db.session.scalar(select(Membership.role).where(Membership.person_id == reader.id)) is Role.EDITOR


def test_the_profile_is_saved_once_and_a_stale_form_is_refused(client, organization, owner):
    sign_in(client, owner)
    facts = {"name_en": "Northgate Transfer", "country": "CN", "region": "11", "website": "https://northgate.example"}
    assert post(client, "/organization/edit", version="1", **facts).status_code == 303
    assert "https://northgate.example" in client.get(f"/organizations/{organization.slug}").text
    answer = post(client, "/organization/edit", version="1", **facts | {"about_en": "Mine is older."})
    assert answer.status_code == 412
    assert "Mine is older." in answer.text
    assert db.session.get(Organization, organization.id, populate_existing=True).about_en is None
    assert post(client, "/organization/edit", **facts).status_code == 422


def test_a_mail_address_in_another_spelling_is_the_same_person(client, organization, owner):
    sign_in(client, owner)
    link = invited(client, organization, email="NEW@Example.org")
    newcomer = make_person(email="new@example.org")
    sign_in(client, newcomer)
    assert "You join as" in client.get(link).text
    assert post(client, link).status_code == 303
    assert organization.name_en in client.get("/organization").text


def test_a_stranger_joins_by_the_link_and_is_signed_in(client, app, organization, owner):
    sign_in(client, owner)
    link = invited(client, organization)
    theirs = app.test_client()
    weak = post(theirs, link, name="New Person", password="short")
    assert (weak.status_code, 'data-code="password_short"' in weak.text) == (422, True)
    assert post(theirs, link, name="New Person", password="a longer sentence").status_code == 303
    page = theirs.get("/organization")
    assert page.status_code == 200
    assert "New Person" in page.text
    assert app.test_client().get(link).status_code == 410


def test_who_has_an_account_is_asked_to_sign_in(client, app, organization, owner):
    make_person(email="new@example.org")
    sign_in(client, owner)
    link = invited(client, organization)
    page = app.test_client().get(link).text
    assert f"next={link}" in page.replace("%2F", "/")
    assert 'name="password"' not in page


def test_somebody_else_cannot_use_the_link(client, app, organization, owner):
    sign_in(client, owner)
    link = invited(client, organization)
    other = make_person()
    theirs = app.test_client()
    sign_in(theirs, other)
    page = theirs.get(link).text
    assert "new@example.org" not in page
    token = form_token(theirs, "/organizations/new")
    assert theirs.post(link, data=token).status_code == 403
    assert theirs.get("/organization").status_code == 403


def test_a_refused_link_leaves_no_secret_in_the_audit(client, app, organization, owner):
    sign_in(client, owner)
    link = invited(client, organization)
    assert app.test_client().post(link, data={}).status_code == 403
    row = db.session.scalars(select(AuditRow).where(AuditRow.action == "refused")).one()
    assert row.facts["path"] == "/invitations/…"


def test_an_unknown_link_is_gone(client):
    assert client.get("/invitations/nothing").status_code == 410


def test_a_withdrawn_invitation_is_gone(client, app, organization, owner):
    sign_in(client, owner)
    link = invited(client, organization)
    path = re.search(r"/organization/invitations/[0-9a-f-]+/revoke", client.get("/organization").text)[0]
    assert post(client, path, page="/organization").status_code == 303
    assert app.test_client().get(link).status_code == 410


def test_a_refused_invitation_comes_back_with_its_error(client, organization, owner):
    sign_in(client, owner)
    answer = post(client, "/organization/invitations", page="/organization", email="no address", role="king")
    assert answer.status_code == 422
    assert set(re.findall(r'data-code="(\w+)"', answer.text)) == {"email", "code_unknown"}
    answer = post(client, "/organization/invitations", page="/organization", email=owner.email, role="editor")
    assert (answer.status_code, "belongs to the organisation already" in answer.text) == (409, True)


def test_the_header_switches_the_organisation(client, organization, owner):
    second = make_organization(name_en="Second House")
    make_member(second, person=owner)
    sign_in(client, owner, organization)
    assert f'value="{second.slug}"' in client.get("/organization").text
    token = form_token(client, "/organization")
    assert client.post("/organizations/switch", data={"csrf_token": token["csrf_token"], "organization": second.slug}).status_code == 303
    assert "Second House</h1>" in client.get("/organization").text
    foreign = make_organization()
    for slug in (foreign.slug, "nobody"):
        assert client.post("/organizations/switch", data={"csrf_token": token["csrf_token"], "organization": slug}).status_code == 404
    stale = client.post("/organization/invitations", data=token | {"email": "x@example.org", "role": "editor"})
    assert stale.status_code == 409


def test_the_queue_shows_the_oldest_first_and_decides(client, app):
    first = make_organization(name_en="Older House", status=Status.PENDING)
    second = make_organization(name_en="Newer House", status=Status.PENDING)
    make_member(first)
    sign_in(client, make_staff(make_fair()))
    page = client.get("/staff/organizations").text
    assert 0 < page.index("Older House") < page.index("Newer House")
    path = f"/staff/organizations/{first.id}"
    assert post(client, f"{path}/approve", page=path).status_code == 303
    path = f"/staff/organizations/{second.id}"
    refused = post(client, path, reason="")
    assert (refused.status_code, 'data-code="required"' in refused.text or "err" in refused.text) == (422, True)
    assert post(client, path, reason="The seat could not be found.").status_code == 303
    assert "Nothing waits" in client.get("/staff/organizations").text
    assert [db.session.get(Organization, row.id, populate_existing=True).status.value for row in (first, second)] == ["approved", "declined"]


def test_the_queue_is_for_approvers(client, organization, owner):
    for person in (owner, make_person(), make_staff(make_fair(), "clerk", "moderator", "verifier")):
        sign_in(client, person)
        for path in ("/staff/organizations", f"/staff/organizations/{organization.id}"):
            assert client.get(path).status_code == 403


def test_the_navigation_shows_each_their_own(client, organization, owner):
    def links(path="/organizations"):
        return set(re.findall(r'<a href="(/organization\S*|/staff/organizations|/staff/fairs)"', client.get(path).text))

    assert links() == {"/organizations"}
    sign_in(client, make_person())
    assert links() == {"/organizations", "/organizations/new"}
    sign_in(client, owner)
    assert links() >= {"/organizations", "/organization"}
    assert "/staff/organizations" not in links()
    sign_in(client, make_staff(make_fair()))
    assert links() >= {"/organizations", "/staff/organizations", "/staff/fairs"}
