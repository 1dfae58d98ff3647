"""What speaks against a place and time, how much it weighs, and the pages and addresses of staff who lay out a fair."""

import pytest

from marketplace.core.db import transaction
from marketplace.core.errors import Forbidden, Invalid, NotFound
from marketplace.venue import booking, closing, conflicts, schemas, service, walking
from marketplace.venue.conflicts import HARD, USUAL, Kind
from marketplace.venue.models import Level, PlaceKind
from tests.factories import actor, api, form_token, make_fair, make_member, make_person, make_staff, make_token, sign_in
from tests.venue.factories_venue import at, make_place


@pytest.fixture
def fair(app):
    return make_fair(current=True)


@pytest.fixture
def manager(fair):
    return make_staff(fair)


def found(fair, hour, *, place=None, people=(), others=(), **more):
    conflicts_found = conflicts.found(
        fair, starts_at=at(fair, hour), minutes=30, place=place, people=[one.id for one in people], others=[one.id for one in others], **more
    )
    return [(conflict.kind.value, conflict.level.value) for conflict in conflicts_found]


def take(holder, hour, *resources, minutes=30, fair):
    with transaction():
        assert booking.take(resources, at(fair, hour), minutes=minutes, holder=holder) == []


@pytest.mark.parametrize(
    ("kind", "level"),
    [
        ("double_booking", "block"), ("place_closed", "block"), ("outside_fair", "block"), ("absent", "block"), ("organization_absent", "block"),
        ("walking", "warn"), ("same_partner", "warn"), ("no_interpreter", "warn"), ("back_to_back", "ignore"),
        ("other_day", "warn"), ("twice_at_once", "warn"), ("told_at_once", "warn"),
    ],
)  # fmt: skip
def test_what_each_kind_weighs_unless_the_manager_says_otherwise(kind, level):
    assert USUAL[Kind(kind)].value == level


@pytest.mark.one_database
def test_every_kind_weighs_something_has_a_name_and_is_a_manager_s_to_weigh_unless_it_always_stops():
    assert set(USUAL) == set(Kind) == {Kind(name) for name in schemas.conflict_labels()}
    assert set(schemas.WeightsIn().fields) == {kind.value for kind in Kind if kind not in HARD}


def test_what_is_taken_closed_or_away_stops_and_names_only_one_s_own_side(fair, manager):
    place, mine, theirs = make_place(fair), make_person(), make_person()
    assert found(fair, 10, place=place, people=[mine], others=[theirs]) == []
    take("meeting:1", 10, booking.place_key(place.id), booking.person_key(theirs.id), fair=fair)
    take("absence:1", 10, booking.person_key(mine.id), fair=fair)
    texts = [one.text for one in conflicts.found(
        fair, starts_at=at(fair, 10), minutes=30, place=place, people=[mine.id], others=[theirs.id]
    )]  # fmt: skip
    assert found(fair, 10, place=place, people=[mine], others=[theirs]) == [("absent", "block"), ("double_booking", "block"), ("double_booking", "block")]
    assert any(mine.name in text for text in texts) and not any(theirs.name in text for text in texts)
    assert found(fair, 10, place=place, others=[theirs], holders=("meeting:1",)) == []
    with transaction():
        closing.close(place.id, starts_at=at(fair, 15), ends_at=at(fair, 16), reason="CANARY-PIPE", by=actor(manager))
    assert found(fair, 15, place=place) == [("place_closed", "block")]
    assert found(fair, 16, place=place) == [] and found(fair, 10, place=None) == []
    assert conflicts.found(fair, starts_at=at(fair, 10, day=-3), minutes=30)[0].kind is Kind.OUTSIDE_FAIR


@pytest.mark.parametrize(("minutes", "kinds"), [(10, []), (15, []), (16, ["walking"]), (40, ["walking"])])
def test_the_way_from_hall_to_hall_wants_time(fair, manager, minutes, kinds):
    north, south = make_place(fair, PlaceKind.HALL), make_place(fair, PlaceKind.HALL)
    there, here, online = make_place(fair, hall_id=north.id), make_place(fair, hall_id=south.id), make_place(fair, PlaceKind.ONLINE)
    person = make_person()
    take("meeting:1", 9, booking.place_key(there.id), booking.person_key(person.id), minutes=45, fair=fair)
    with transaction():
        service.say_way(fair.id, north.id, south.id, minutes=minutes, by=actor(manager))
    for people in ({"people": [person]}, {"others": [person]}):
        assert [kind for kind, _ in found(fair, 10, place=here, **people)] == kinds
    assert found(fair, 10, place=there, people=[person]) == found(fair, 10, place=online, people=[person]) == []
    ways = walking.ways(fair.id)
    assert ways.minutes(there, here) == ways.minutes(here, there) == ways.minutes(north, here) == minutes


def test_a_pitch_is_where_its_session_is(fair, manager):
    halls = [make_place(fair, PlaceKind.HALL) for _ in range(2)]
    person, session = make_person(), "01890000-0000-7000-8000-000000000000"
    take(f"session:{session}", 9, booking.place_key(halls[0].id), minutes=60, fair=fair)
    take("pitch:1", 9, f"slot:{session}:1", booking.person_key(person.id), minutes=60, fair=fair)
    with transaction():
        service.say_way(fair.id, halls[1].id, halls[0].id, minutes=5, by=actor(manager))
    assert found(fair, 10, place=halls[1], people=[person]) == [("walking", "warn")]


def test_a_manager_says_what_soft_kinds_weigh_and_no_more(fair, manager):
    place, person = make_place(fair), make_person()
    take("meeting:1", 9, booking.place_key(place.id), booking.person_key(person.id), minutes=60, fair=fair)
    assert found(fair, 10, place=place, people=[person]) == []
    with transaction():
        conflicts.weigh(fair.id, {"back_to_back": "warn", "same_partner": "ignore"}, by=actor(manager))
    assert found(fair, 10, place=place, people=[person]) == [("back_to_back", "warn")]
    assert found(fair, 12, more=[conflicts.Fact(Kind.SAME_PARTNER, "x")]) == []
    for kind in HARD:
        with pytest.raises(Invalid):
            conflicts.weigh(fair.id, {kind.value: "ignore"}, by=actor(manager))
    with pytest.raises(Forbidden):
        conflicts.weigh(fair.id, {"walking": "ignore"}, by=actor(make_staff(make_fair())))


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("levels", "accepted", "refused"),
    [
        ([], False, None), (["ignore"], False, None), (["warn"], False, conflicts.Warned), (["warn"], True, None),
        (["block"], True, conflicts.Blocked), (["warn", "block"], True, conflicts.Blocked),
    ],
)  # fmt: skip
def test_a_warning_refuses_once_and_a_block_always(app, levels, accepted, refused):
    all_of_them = [conflicts.Conflict(Kind.WALKING, Level(level), "x") for level in levels]
    if refused is None:
        conflicts.settle(all_of_them, accept_warnings=accepted)
        return
    with pytest.raises(refused) as error:
        conflicts.settle(all_of_them, accept_warnings=accepted)
    assert len(error.value.errors) == 1


def test_a_place_in_use_is_not_closed_and_a_closed_one_is_not_used(fair, manager):
    place = make_place(fair)
    take("meeting:1", 10, booking.place_key(place.id), fair=fair)
    times = {"starts_at": at(fair, 9), "ends_at": at(fair, 12), "reason": "A pipe burst."}
    with pytest.raises(closing.InUse, match="meetings: 1"), transaction():
        closing.close(place.id, **times, by=actor(manager))
    with transaction():
        booking.free("meeting:1")
        closure = closing.close(place.id, **times, by=actor(manager))
    assert booking.take([booking.place_key(place.id)], at(fair, 11), minutes=30, holder="meeting:2") == [booking.place_key(place.id)]
    with pytest.raises(NotFound), transaction():
        closing.open_again(closure.id, by=actor(make_staff(make_fair())))
    with transaction():
        closing.open_again(closure.id, by=actor(manager))
    take("meeting:2", 11, booking.place_key(place.id), fair=fair)


@pytest.mark.parametrize(
    ("kind", "hall"), [("table", "elsewhere"), ("hall", "hall"), ("online", "hall"), ("table", "table")],
)  # fmt: skip
def test_what_stands_in_no_hall(fair, manager, kind, hall):
    halls = {"elsewhere": make_place(make_fair(), PlaceKind.HALL), "hall": make_place(fair, PlaceKind.HALL), "table": make_place(fair)}
    facts = {"kind": kind, "name_en": "Place", "name_zh": None, "capacity": 4, "link": "https://meet.example.org/1"}
    with pytest.raises(Invalid) as refused:
        service.add_place(fair.id, **facts, hall_id=halls[hall].id, by=actor(manager))
    assert refused.value.errors[0].pointer == "/hall_id"


def test_places_ways_and_weights_by_json(client, fair, manager):
    token, north, south = make_token(manager), make_place(fair, PlaceKind.HALL), make_place(fair, PlaceKind.HALL)
    made = client.post(f"/api/v1/fairs/{fair.slug}/places", json={"kind": "table", "name_en": "T", "capacity": 4, "hall_id": str(north.id)}, headers=api(token))
    own = f"/api/v1/places/{made.json['id']}"
    changed = client.patch(own, json={"hall_id": str(south.id), "capacity": 6}, headers=api(token, **{"If-Match": made.headers["ETag"]}))
    assert (changed.status_code, changed.json["capacity"], changed.json["name_en"], changed.json["hall_id"]) == (200, 6, "T", str(south.id))
    assert client.patch(own, json={"capacity": 5}, headers=api(token, **{"If-Match": made.headers["ETag"]})).status_code == 412
    assert client.patch(own, json={"capacity": 5}, headers=api(token)).status_code == 428
    assert client.patch(own, json={"kind": "hall"}, headers=api(token, **{"If-Match": "*"})).status_code == 422
    assert client.get(own, headers=api(make_token(make_staff(make_fair())))).status_code == 404
    closed = client.post(f"{own}/closures", json={"starts_at": f"{at(fair, 9):%Y-%m-%dT%H:%M}", "ends_at": f"{at(fair, 12):%Y-%m-%dT%H:%M}", "reason": "x"}, headers=api(token))
    assert closed.status_code == 201
    assert client.post(f"/api/v1/closures/{closed.json['id']}/remove", headers=api(token)).status_code == 204
    ways = f"/api/v1/fairs/{fair.slug}/ways"
    body = {"one_hall_id": str(south.id), "other_hall_id": str(north.id), "minutes": 7}
    assert client.post(ways, json=body, headers=api(token)).json["rows"][0]["minutes"] == 7
    assert client.post(ways, json=body | {"minutes": None}, headers=api(token)).json == {"rows": []} == client.get(ways).json
    assert client.post(ways, json=body | {"one_hall_id": made.json["id"]}, headers=api(token)).status_code == 404
    weighed = client.post(f"/api/v1/fairs/{fair.slug}/conflicts", json={"walking": "block"}, headers=api(token)).json["rows"]
    assert {row["kind"]: (row["level"], row["fixed"]) for row in weighed}["walking"] == ("block", False)


def test_places_by_clicks(client, fair, manager):
    make_member()
    hall, table = make_place(fair, PlaceKind.HALL, name_en="North hall"), make_place(fair, name_en="Table by the window")
    other = make_place(fair, PlaceKind.HALL)
    sign_in(client, manager)
    own = f"/staff/places/{table.id}"
    form = form_token(client, own) | {"version": "1", "name_en": "Table by the door", "hall_id": str(hall.id), "capacity": "4"}
    assert client.post(own, data=form).status_code == 303
    assert client.post(own, data=form | form_token(client, own)).status_code == 412
    times = {"starts_at": f"{at(fair, 9):%Y-%m-%dT%H:%M}", "ends_at": f"{at(fair, 12):%Y-%m-%dT%H:%M}", "reason": "A pipe burst"}
    assert client.post(f"{own}/close", data=form_token(client, own) | times).status_code == 303
    again = client.post(f"{own}/close", data=form_token(client, own) | times)
    assert (again.status_code, "closures: 1" in again.text) == (409, True)
    page = client.get("/staff/places").text
    assert "Table by the door" in page and "A pipe burst" in page and "North hall" in page
    way = form_token(client, "/staff/places/ways") | {"one_hall_id": str(hall.id), "other_hall_id": str(other.id), "minutes": "9"}
    assert client.post("/staff/places/ways", data=way).status_code == 303
    weights = form_token(client, "/staff/places/conflicts") | {"walking": "block", "same_partner": "ignore"}
    assert client.post("/staff/places/conflicts", data=weights).status_code == 303
    assert conflicts.levels(fair.id)[Kind.WALKING] is Level.BLOCK
