"""Schemathesis over the whole description, with each role's token: no crash, and every answer is as it was described."""

from functools import cache
from itertools import cycle
from types import SimpleNamespace

import hypothesis.strategies as st
import pytest
import schemathesis
from flask_smorest.spec.plugins import FlaskPlugin
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from marketplace.core import openapi
from tests.conftest import DATABASES
from tests.rights.asking import bearer, keys, send
from tests.rights.calls import CALLS
from tests.rights.standing import undone
from tests.rights.test_table import TABLE
from tests.rights.world import ROLES

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ROUNDS, LONG = 1, 30
"""How often each role calls each operation; in the short run every other role on one database, the rest on the other."""
OPERATIONS = {f"{method} {FlaskPlugin.flaskpath2openapi(rule)}": f"{method} {rule}" for method, _, rule in (
    route.partition(" ") for route in CALLS if " /api/v1/" in route
)}  # fmt: skip
"""As the description names it → as the table does."""


@pytest.fixture(scope="module")
def described(world):
    found = schemathesis.openapi.from_wsgi("/api/openapi.json", world.app)
    return {result.ok().label: result.ok() for result in found.get_all_operations()}


def test_every_operation_is_asked(world, described):
    assert set(OPERATIONS) == set(described)
    assert set(described) == {f"{method} {path}" for path, method, _ in openapi.routes(world.app)}


def real(world, route, names):
    """The names in a route's address: those of the objects that it is about."""
    return {name: value.slug if name == "slug" and hasattr(value, "slug") else value for name, value in CALLS[route](world).path.items() if name in names}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the tool leaves downloaded files open
@pytest.mark.parametrize("label", OPERATIONS)
def test_nothing_surprises_it(world, database, described, label, request):
    """Generated calls, right and wrong, on real things and on none, by each role."""
    route = OPERATIONS[label]
    operation = SimpleNamespace(as_strategy=cache(described[label].as_strategy))  # to build one costs as much as many draws from it
    long = request.config.getoption("--long")
    roles = ROLES if long or len(DATABASES) == 1 else ROLES[database.startswith("sqlite") :: 2]
    examples, turns = len(roles) * (LONG if long else ROUNDS), cycle(roles)
    modes = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]

    @given(data=st.data())
    @settings(
        max_examples=examples, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
    )  # fmt: skip
    def ask(data):
        case = data.draw(operation.as_strategy(generation_mode=data.draw(st.sampled_from(modes))))
        if case.path_parameters and data.draw(st.integers(0, 3)):
            case.path_parameters.update({name: str(value) for name, value in real(world, route, set(case.path_parameters)).items()})
        case.headers.update(bearer(world, next(turns)))
        if data.draw(st.integers(0, 9)):
            case.headers["Idempotency-Key"] = f"fuzz-{next(keys)}"
        if data.draw(st.integers(0, 4)):
            case.headers["If-Match"] = "*"
        with undone():
            case.call_and_validate(checks=CHECKS)

    ask()


@pytest.mark.one_database
@pytest.mark.parametrize("label", OPERATIONS)
def test_every_operation_succeeds_as_described(world, described, label):
    """One call that succeeds, by the first role that may make it, and its answer against the description."""
    operation, route = described[label], OPERATIONS[label]
    role = next(role for role in ROLES if TABLE[route][role][0] in "2")
    with undone():
        answer = send(world, route, CALLS[route](world), role=role)
        assert 200 <= answer.status_code < 300, answer.text
        assert str(answer.status_code) in operation.responses.status_codes
        operation.validate_response(answer)
