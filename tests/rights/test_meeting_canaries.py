"""What two organisations say to each other at a meeting: no page, export or answer of the API gives a byte of it to the fair's staff. (Outsiders: `test_canaries`.)"""

import re

import pytest

from tests.rights.asking import address
from tests.rights.standing import rolled_back as rolled_back
from tests.rights.standing import world as world
from tests.rights.test_canaries import told
from tests.rights.test_table import TABLE, made

SAID = re.compile(r"CANARY-(?:TOPIC|NOTES|STEP)")
READING = [route for route in TABLE if route.startswith("GET ") and "evidence" not in route]


def opens(route: str, role: str) -> bool:
    return TABLE[route][role][0] == "2" and TABLE[route]["anonymous"][0] != "2"


OF_STAFF = {
    "manager": [route for route in READING if opens(route, "manager")],
    "clerk": [route for route in READING if opens(route, "clerk") and not opens(route, "manager")],
    "moderator": [route for route in READING if opens(route, "moderator") and not opens(route, "manager") and not opens(route, "clerk")],
}
"""What opens to staff and not to everybody: each route is asked once."""


def heard(world, role: str, routes: list[str]) -> dict[str, list[str]]:
    """Where this role gets a canary, and which."""
    found = {}
    for route in routes:
        call = made(world, route)
        if said := sorted(set(SAID.findall(told(world, role, address(route.split()[1], call.path), call.query)))):
            found[route] = said
    return found


@pytest.mark.one_database
@pytest.mark.parametrize("role", OF_STAFF)
def test_staff_hear_nothing_of_what_two_say_at_a_meeting(world, role):
    assert heard(world, role, OF_STAFF[role]) == {}


@pytest.mark.one_database
def test_each_side_hears_what_is_meant_for_it(world):
    """The control: the same questions tell both sides topic and next step, and nobody but the own side the notes."""
    own = ["GET /meetings", "GET /meetings/<uuid:meeting_id>", "GET /meetings/open", "GET /meetings/today", "GET /api/v1/meetings/<uuid:meeting_id>"]
    mine, theirs = ({word for said in heard(world, role, own).values() for word in said} for role in ("a_owner", "b_owner"))
    assert (mine, theirs) == ({"CANARY-TOPIC", "CANARY-NOTES"}, {"CANARY-TOPIC"})
