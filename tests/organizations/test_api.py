"""Organisations as JSON: one happy path each, and each refusal."""

from uuid import UUID, uuid4

import pytest

from marketplace.core.db import db, transaction
from marketplace.organizations import members
from marketplace.organizations.models import Organization, Role, Status
from tests.factories import actor, api, make_fair, make_member, make_organization, make_person, make_staff, make_token

V1 = "/api/v1/organizations"
NEW = {"kind": "company", "country": "DE", "name_en": "Hansa Motion", "name_zh": "汉萨运动"}


@pytest.fixture
def organization(app):
    return make_organization()


@pytest.fixture
def owner(organization):
    return make_member(organization)


def key(person, organization=None, **more):
    """Headers with a token that acts for this organisation, or for none."""
    return api(make_token(person, organization), **more)


def codes(answer):
    return {(error["pointer"], error["code"]) for error in answer.json["errors"]}


def test_registering_answers_with_address_and_version(client):
    person = make_person()
    answer = client.post(V1, json=NEW, headers=key(person))
    assert answer.status_code == 201, answer.json
    assert answer.json["status"] == "pending"
    assert answer.headers["ETag"] == '"1"'
    assert answer.headers["Location"] == f"{V1}/{answer.json['id']}"
    assert client.get(answer.headers["Location"]).status_code == 404
    assert client.get(answer.headers["Location"], headers=key(person, db.session.get(Organization, UUID(answer.json["id"])))).status_code == 200


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"kind": "bank"}, {("/kind", "code_unknown")}),
        ({"country": "cn"}, {("/country", "code_unknown")}),
        ({"country": "DE", "region": "11"}, {("/region", "region_country")}),
        ({"name_en": None, "name_zh": None}, {("/name_en", "name_missing")}),
        ({"website": "ftp://x.example"}, {("/website", "website")}),
        ({"website": "https://user:pass@x.example"}, {("/website", "website")}),
        ({"website": "javascript:alert(1)"}, {("/website", "website")}),
        ({"name_en": "a\u0000b"}, {("/name_en", "text_control")}),
        ({"name_en": "x" * 201}, {("/name_en", "text_too_long")}),
        ({"status": "approved"}, {("/status", "unknown")}),
        ({"slug": "mine"}, {("/slug", "unknown")}),
    ],
)
def test_a_wrong_registration_names_its_field(client, change, found):
    answer = client.post(V1, json=NEW | change, headers=key(make_person()))
    assert (answer.status_code, codes(answer)) == (422, found)


def test_a_second_one_of_that_name_is_a_conflict(client):
    assert client.post(V1, json=NEW, headers=key(make_person())).status_code == 201
    for name in ("HANSA MOTION", "Hаnsa Motion", "hansa-motion"):
        answer = client.post(V1, json=NEW | {"name_en": name, "name_zh": None}, headers=key(make_person()))
        assert (answer.status_code, answer.json["type"]) == (409, "/problems/duplicate")


def test_a_repeated_registration_is_one(client):
    headers = key(make_person())
    first, second = (client.post(V1, json=NEW, headers=headers) for _ in range(2))
    assert second.json == first.json
    assert second.headers["Location"] == first.headers["Location"]
    assert db.session.query(Organization).count() == 1


def test_strangers_may_only_read(client, organization):
    assert client.get(V1).status_code == 200
    assert client.get(f"{V1}/{organization.id}").status_code == 200
    for call, path in (
        (client.post, V1),
        (client.patch, f"{V1}/{organization.id}"),
        (client.post, f"{V1}/{organization.id}/approve"),
        (client.get, f"{V1}/{organization.id}/members"),
        (client.post, f"{V1}/{organization.id}/invitations"),
    ):
        assert call(path, headers=api()).status_code == 401, path


def test_the_public_part_holds_no_reason(client, organization, owner):
    public = client.get(f"{V1}/{organization.id}").json
    assert not {"reason", "created_at", "decided_at", "name_key"} & set(public)
    assert "reason" in client.get(f"{V1}/{organization.id}", headers=key(owner, organization)).json


def test_a_foreign_pending_one_answers_like_an_unknown_one(client):
    hidden = make_organization(status=Status.PENDING)
    elsewhere = make_organization()
    headers = key(make_member(elsewhere), elsewhere)

    def answer(path, call=client.get, **more):
        found = call(path, headers=headers | more.pop("headers", {}), **more)
        return found.status_code, {name: value for name, value in found.json.items() if name != "instance"}

    for tail, call, more in (
        ("", client.get, {}),
        ("/members", client.get, {}),
        ("/invitations", client.get, {}),
        ("", client.patch, {"json": {"about_en": "x"}, "headers": {"If-Match": "*"}}),
    ):
        assert answer(f"{V1}/{hidden.id}{tail}", call, **more) == answer(f"{V1}/{uuid4()}{tail}", call, **more)
        assert answer(f"{V1}/{hidden.id}{tail}", call, **more)[0] == 404


def test_the_list_is_filtered_and_paged(client, app):
    for number in range(5):
        make_organization(name_en=f"Row {number}", name_key=f"row{number}", country="DE" if number % 2 else "CN")
    make_organization(status=Status.PENDING, name_key="row9")
    seen, cursor = [], None
    while True:
        answer = client.get(V1, query_string={"limit": 2} | ({"cursor": cursor} if cursor else {})).json
        seen += [row["name_en"] for row in answer["rows"]]
        cursor = answer["next"]
        if cursor is None:
            break
    assert seen == [f"Row {number}" for number in range(5)]
    assert [row["name_en"] for row in client.get(f"{V1}?country=DE").json["rows"]] == ["Row 1", "Row 3"]
    assert [row["name_en"] for row in client.get(f"{V1}?q=row%203").json["rows"]] == ["Row 3"]


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "kind=bank", "cursor=forged", "colour=red", "status=x"])
def test_a_wrong_query_is_refused(client, query):
    assert client.get(f"{V1}?{query}").status_code == 400


def test_pending_ones_are_listed_for_approvers_only(client, organization, owner):
    waiting = make_organization(status=Status.PENDING)
    assert client.get(f"{V1}?status=pending").status_code == 403
    assert client.get(f"{V1}?status=pending", headers=key(owner, organization)).status_code == 403
    rows = client.get(f"{V1}?status=pending", headers=key(make_staff(make_fair()))).json["rows"]
    assert [row["id"] for row in rows] == [str(waiting.id)]


def test_approving_and_declining(client):
    waiting = make_organization(status=Status.PENDING)
    manager = make_staff(make_fair())
    path = f"{V1}/{waiting.id}"
    assert client.post(f"{path}/approve", headers=key(manager)).json["status"] == "approved"
    assert client.post(f"{path}/approve", headers=key(manager)).status_code == 409
    assert codes(client.post(f"{path}/decline", json={}, headers=key(manager))) == {("/reason", "required")}
    answer = client.post(f"{path}/decline", json={"reason": "Its licence ended."}, headers=key(manager))
    assert (answer.json["status"], answer.json["reason"]) == ("declined", "Its licence ended.")
    assert client.post(f"{V1}/{uuid4()}/approve", headers=key(manager)).status_code == 404


def test_only_approvers_decide(client, organization, owner):
    for person in (owner, make_person(), make_staff(make_fair(), "clerk", "moderator", "verifier")):
        assert client.post(f"{V1}/{organization.id}/approve", headers=key(person)).status_code == 403
        assert client.post(f"{V1}/{organization.id}/decline", json={"reason": "No."}, headers=key(person)).status_code == 403


def test_a_token_without_the_permission_cannot_decide(client, organization):
    secret = make_token(make_staff(make_fair()), permissions=["organizations.register"])
    assert client.post(f"{V1}/{organization.id}/approve", headers=api(secret)).status_code == 403


def test_a_profile_is_changed_by_its_version(client, organization, owner):
    path = f"{V1}/{organization.id}"
    assert client.patch(path, json={"about_en": "We pitch."}, headers=key(owner, organization)).status_code == 428
    answer = client.patch(path, json={"about_en": "We pitch."}, headers=key(owner, organization, **{"If-Match": '"1"'}))
    assert (answer.status_code, answer.headers["ETag"], answer.json["about_en"]) == (200, '"2"', "We pitch.")
    assert answer.json["name_en"] == organization.name_en
    assert client.patch(path, json={"about_en": "Old."}, headers=key(owner, organization, **{"If-Match": '"1"'})).status_code == 412
    answer = client.patch(path, json={"about_en": None}, headers=key(owner, organization, **{"If-Match": '"2"'}))
    assert answer.json["about_en"] is None
    for change in ({"kind": "company"}, {"status": "approved"}, {"version": 9}):
        assert client.patch(path, json=change, headers=key(owner, organization, **{"If-Match": "*"})).status_code == 422
    answer = client.patch(path, json={"name_en": None}, headers=key(owner, organization, **{"If-Match": "*"}))
    assert codes(answer) == {("/name_en", "name_missing")}


@pytest.mark.parametrize("role", [Role.EDITOR, Role.READER])
def test_other_members_change_nothing(client, organization, owner, role):
    headers = key(make_member(organization, role=role), organization)
    path = f"{V1}/{organization.id}"
    assert client.patch(path, json={"about_en": "x"}, headers=headers | {"If-Match": "*"}).status_code == 403
    assert client.get(f"{path}/invitations", headers=headers).status_code == 403
    assert client.post(f"{path}/invitations", json={"email": "x@example.org", "role": "owner"}, headers=headers).status_code == 403
    assert client.post(f"{path}/members/{owner.id}/end", headers=headers).status_code == 403
    assert client.get(f"{path}/members", headers=headers).status_code == 200


def test_members_are_named_to_members_only(client, organization, owner):
    path = f"{V1}/{organization.id}/members"
    rows = client.get(path, headers=key(owner, organization)).json["rows"]
    assert [(row["email"], row["role"]) for row in rows] == [(owner.email, "owner")]
    elsewhere = make_organization()
    assert client.get(path, headers=key(make_member(elsewhere), elsewhere)).status_code == 404
    assert client.get(path, headers=key(make_staff(make_fair()))).status_code == 403


def test_a_token_acts_for_its_own_organisation_only(client, organization, owner):
    second = make_organization()
    make_member(second, person=owner)
    assert client.get(f"{V1}/{second.id}/members", headers=key(owner, organization)).status_code == 404
    assert client.get(f"{V1}/{second.id}/members", headers=key(owner, second)).status_code == 200


def test_inviting_answers_without_the_secret(client, organization, owner):
    path = f"{V1}/{organization.id}/invitations"
    answer = client.post(path, json={"email": "New@Example.org", "role": "editor"}, headers=key(owner, organization))
    assert answer.status_code == 201
    assert set(answer.json) == {"id", "email", "role", "created_at", "expires_at"}
    assert [row["email"] for row in client.get(path, headers=key(owner, organization)).json["rows"]] == ["new@example.org"]
    assert client.post(path, json={"email": owner.email, "role": "editor"}, headers=key(owner, organization)).status_code == 409
    answer = client.post(path, json={"email": "x", "role": "king"}, headers=key(owner, organization))
    assert codes(answer) == {("/email", "email"), ("/role", "code_unknown")}
    gone = f"{path}/{client.get(path, headers=key(owner, organization)).json['rows'][0]['id']}/revoke"
    assert client.post(gone, headers=key(owner, organization)).status_code == 204
    assert client.post(gone, headers=key(owner, organization)).status_code == 404


def test_inviting_needs_a_key(client, organization, owner):
    headers = key(owner, organization)
    del headers["Idempotency-Key"]
    answer = client.post(f"{V1}/{organization.id}/invitations", json={"email": "x@example.org", "role": "editor"}, headers=headers)
    assert (answer.status_code, answer.json["type"]) == (400, "/problems/idempotency-key-required")


def test_a_role_changes_and_a_membership_ends(client, organization, owner):
    colleague = make_member(organization, role=Role.READER)
    path = f"{V1}/{organization.id}/members/{colleague.id}"
    rows = client.post(f"{path}/role", json={"role": "editor"}, headers=key(owner, organization)).json["rows"]
    assert [row["role"] for row in rows] == ["owner", "editor"]
    assert client.post(f"{path}/end", headers=key(owner, organization)).status_code == 204
    assert client.post(f"{path}/end", headers=key(owner, organization)).status_code == 404
    assert client.post(f"{V1}/{organization.id}/members/{owner.id}/end", headers=key(owner, organization)).status_code == 409


def test_an_ex_members_token_is_worth_nothing_at_the_next_request(client, organization, owner):
    colleague = make_member(organization, role=Role.EDITOR)
    headers = key(colleague, organization)
    assert client.get(f"{V1}/{organization.id}/members", headers=headers).status_code == 200
    with transaction():
        members.end(organization.id, colleague.id, by=actor(owner))
    assert client.get(f"{V1}/{organization.id}/members", headers=headers).status_code == 403
