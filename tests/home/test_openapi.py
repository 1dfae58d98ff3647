"""The API's description is complete: every route, who may call it, and the headers and refusals of the house rules."""

import pytest

from marketplace.core import access, openapi


@pytest.fixture
def found(client):
    answer = client.get("/api/openapi.json")
    assert answer.status_code == 200
    return answer.get_json()


def operations(found):
    return [
        (path, method, operation)
        for path, methods in found["paths"].items()
        for method, operation in methods.items()
        if method in {"get", "post", "put", "patch", "delete"}
    ]


def headers(operation):
    return {p["name"] for p in operation["parameters"] if p.get("in") == "header"}


def test_it_is_openapi_3_1_with_one_bearer_scheme(found):
    assert found["openapi"] == "3.1.0"
    assert found["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


def test_every_api_route_is_described(app, found):
    described = {(path, method.upper()) for path, method, _ in operations(found)}
    assert {(path, method) for path, method, _ in openapi.routes(app)} <= described


def test_every_operation_says_who_may_call_it(app, found):
    declared = {(path, method): d.permission for path, method, d in openapi.routes(app)}
    for path, method, operation in operations(found):
        permission = declared[path, method.upper()]
        assert operation["x-permission"] == permission
        assert operation["security"] == ([{}] if permission == access.PUBLIC else [{"bearer": []}])
        assert permission == access.PUBLIC or {"401", "403"} <= set(operation["responses"])


def test_every_post_takes_a_key_and_every_update_a_version(found):
    for path, method, operation in operations(found):
        assert ("Idempotency-Key" in headers(operation)) == (method == "post"), path
        if method in {"put", "patch", "delete"} or (method == "post" and path.endswith(("/amendments", "/turn-down"))):
            assert "If-Match" in headers(operation), path
            assert {"412", "428"} <= set(operation["responses"]), path


def test_every_operation_has_a_summary_and_a_good_answer(found):
    for path, method, operation in operations(found):
        assert operation.get("summary"), f"{method} {path}"
        assert any(status.startswith("2") or status == "303" for status in operation["responses"]), f"{method} {path}"


def test_every_refusal_is_a_problem(found):
    for path, method, operation in operations(found):
        for status, response in operation["responses"].items():
            if status.startswith(("4", "5")) and "$ref" not in response:
                assert list(response["content"]) == ["application/problem+json"], f"{method} {path} {status}"


def test_every_reference_leads_somewhere(found):
    def references(thing):
        if isinstance(thing, dict):
            yield from ([thing["$ref"]] if isinstance(thing.get("$ref"), str) else [])
            for inner in thing.values():
                yield from references(inner)
        elif isinstance(thing, list):
            for inner in thing:
                yield from references(inner)

    for reference in set(references(found)):
        place = found
        for part in reference.removeprefix("#/").split("/"):
            assert part in place, reference
            place = place[part]


def test_it_is_not_sent_twice(client):
    etag = client.get("/api/openapi.json").headers["ETag"]
    assert client.get("/api/openapi.json", headers={"If-None-Match": etag}).status_code == 304


def test_the_page_lists_every_operation_with_its_permission_and_loads_nothing_from_elsewhere(client, found):
    text = client.get("/api/docs").text
    for path, method, operation in operations(found):
        assert f"<code>{method.upper()} {path}</code>" in text
        assert operation["x-permission"] in text
    assert "<script>" not in text
    assert 'src="http' not in text
    assert "style=" not in text
