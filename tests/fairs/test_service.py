"""Making fairs, freezing their money, the one that is current, and their staff; each refusal."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from marketplace.core.audit import AuditRow
from marketplace.core.db import db, transaction
from marketplace.core.errors import Duplicate, Forbidden, IllegalMove, Invalid, NotFound
from marketplace.fairs import queries, service
from marketplace.fairs.events import fair_created
from marketplace.fairs.models import Fair, Segment, StaffRole
from tests.factories import actor, make_fair, make_member, make_person, make_staff

SETTINGS = {
    "name_en": "Autumn Fair", "name_zh": "秋季交易会", "base_currency": "CNY", "time_zone": "Asia/Shanghai",
    "opens_on": date(2026, 9, 17), "closes_on": date(2026, 9, 20),
}  # fmt: skip
HALLS = [{"code": "hall-1", "name_en": "Hall 1", "name_zh": "一号馆"}, {"code": "hall-2", "name_en": "Hall 2", "name_zh": "二号馆"}]


@pytest.fixture
def admin(app):
    return actor(make_person(admin=True))


@pytest.fixture
def fair(app):
    return make_fair()


@pytest.fixture
def manager(fair):
    return actor(make_staff(fair))


@pytest.fixture
def booked(monkeypatch):
    """Somebody booked something in the fair with this id."""
    ids = set()
    monkeypatch.setattr(service, "FROZEN_WHEN", [lambda fair_id: fair_id in ids])
    return ids


def create(by, slug="autumn", **more):
    with transaction():
        return service.create(slug, by=by, **(SETTINGS | more))


def edit(fair, by, **changes):
    with transaction():
        return service.edit(service.managed(fair.slug, by=by, lock=True), by=by, **changes)


def test_the_administrator_creates_a_fair_with_segments(admin):
    heard = []

    def hear(_sender, *, fair, by):
        heard.append((fair.id, by, db.session.get(Fair, fair.id) is not None))

    with fair_created.connected_to(hear):
        fair = create(admin, segments=HALLS)
    assert heard == [(fair.id, admin, True)]
    assert [(row.code, row.position) for row in queries.segments(fair)] == [("hall-1", 1), ("hall-2", 2)]
    assert not fair.current
    row = db.session.scalars(select(AuditRow).where(AuditRow.subject == f"fair:{fair.id}")).one()
    assert (row.action, row.person_id, row.fair_id) == ("fairs.create", admin.person_id, fair.id)


def test_a_receiver_that_refuses_leaves_no_fair(admin):
    def refuse(_sender, **_more):
        raise Invalid()

    with fair_created.connected_to(refuse), pytest.raises(Invalid):
        create(admin)
    assert db.session.scalar(select(Fair).where(Fair.slug == "autumn")) is None


def test_nobody_else_creates_fairs(app, manager):
    for by in (manager, actor(make_person()), actor(make_member())):
        with pytest.raises(Forbidden):
            create(by)


def test_an_address_is_given_once(admin):
    create(admin)
    with pytest.raises(Duplicate):
        create(admin)


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"closes_on": date(2026, 9, 16)}, "/closes_on", "day_order"),
        ({"base_currency": "XAU"}, "/base_currency", "currency_unknown"),
        ({"segments": [HALLS[0], HALLS[0]]}, "/segments/1/code", "segment_twice"),
    ],
)
def test_facts_that_do_not_fit_are_refused(admin, change, field, code):
    with pytest.raises(Invalid) as caught:
        create(admin, **change)
    assert [(e.pointer, e.code) for e in caught.value.errors] == [(field, code)]


def test_a_manager_edits_their_own_fair_only(fair, manager):
    edit(fair, manager, name_en="Better name", closes_on=fair.closes_on)
    assert (fair.name_en, fair.version) == ("Better name", 2)
    other = make_fair()
    for by in (manager, actor(make_staff(fair, "clerk", "moderator", "verifier"))):
        with pytest.raises(Forbidden):
            edit(other, by, name_en="Mine now")
        with pytest.raises(Forbidden):
            service.managed(other.slug, by=by)
    with pytest.raises(NotFound):
        service.managed("nowhere", by=manager)


@pytest.mark.parametrize(("name", "value"), [("base_currency", "EUR"), ("time_zone", "Europe/Berlin")])
def test_what_was_booked_with_cannot_change(fair, manager, booked, name, value):
    edit(fair, manager, **{name: value})
    booked.add(fair.id)
    before = getattr(fair, name)
    with pytest.raises(Invalid) as caught:
        edit(fair, manager, **{name: "CNY" if name == "base_currency" else "Asia/Shanghai"})
    assert [(e.pointer, e.code) for e in caught.value.errors] == [(f"/{name}", "frozen")]
    assert getattr(db.session.get(Fair, fair.id, populate_existing=True), name) == before
    edit(fair, manager, name_en="Names may", **{name: before})


def test_another_fairs_bookings_freeze_nothing(fair, manager, booked):
    booked.add(make_fair().id)
    edit(fair, manager, base_currency="EUR")
    assert fair.base_currency == "EUR"


def test_segments_keep_their_ids_when_they_are_renamed_and_moved(fair, manager):
    edit(fair, manager, segments=HALLS)
    first = {row.code: row.id for row in queries.segments(fair)}
    edit(fair, manager, segments=[HALLS[1], HALLS[0] | {"name_en": "Main hall"}, {"code": "new", "name_en": "New", "name_zh": "新"}])
    rows = queries.segments(fair)
    assert [(row.code, row.name_en, row.position) for row in rows] == [("hall-2", "Hall 2", 1), ("hall-1", "Main hall", 2), ("new", "New", 3)]
    assert {row.code: row.id for row in rows[:2]} == first
    edit(fair, manager, name_en="Segments stay")
    assert len(queries.segments(fair)) == 3
    edit(fair, manager, segments=[])
    assert queries.segments(fair) == []


def test_a_segment_in_use_stays(fair, manager, monkeypatch):
    edit(fair, manager, segments=HALLS)
    used = next(row.id for row in queries.segments(fair) if row.code == "hall-1")
    monkeypatch.setattr(service, "SEGMENT_USED_WHEN", [lambda segment_id: segment_id == used])
    with pytest.raises(Invalid) as caught:
        edit(fair, manager, segments=[HALLS[1]])
    assert caught.value.errors[0].code == "segment_used"
    assert len(queries.segments(fair)) == 2
    edit(fair, manager, segments=[HALLS[0]])
    assert [row.code for row in queries.segments(fair)] == ["hall-1"]


def test_one_fair_is_current(admin):
    first, second = make_fair(), make_fair()
    for fair in (first, second, second):
        with transaction():
            service.make_current(fair.slug, by=admin)
        assert queries.current().id == fair.id
    assert not db.session.get(Fair, first.id, populate_existing=True).current


def test_the_database_holds_one_current_fair(app):
    make_fair(current=True)
    with pytest.raises(IntegrityError):
        make_fair(current=True)
    db.session.rollback()


def test_a_fair_closes_once(fair, admin, manager):
    with pytest.raises(Forbidden), transaction():
        service.close(fair.slug, by=manager)
    with transaction():
        service.close(fair.slug, by=admin)
    assert fair.closed_at is not None
    with pytest.raises(IllegalMove), transaction():
        service.close(fair.slug, by=admin)
    with pytest.raises(Forbidden), transaction():
        service.make_current(fair.slug, by=manager)


def appoint(fair, email, role, by):
    with transaction():
        return service.appoint(fair.slug, email, role=StaffRole(role), by=by)


@pytest.mark.parametrize("role", [role.value for role in StaffRole])
def test_an_appointment_holds_at_once_and_ends_at_once(fair, manager, role):
    person = make_person()
    staff = appoint(fair, person.email.upper(), role, manager)
    assert actor(person).staff == {fair.id: frozenset({role})}
    with transaction():
        service.dismiss(fair.slug, staff.id, by=manager)
    assert not actor(person).staff
    with pytest.raises(NotFound), transaction():
        service.dismiss(fair.slug, staff.id, by=manager)
    appoint(fair, person.email, role, manager)
    actions = db.session.scalars(select(AuditRow.action).where(AuditRow.fair_id == fair.id).order_by(AuditRow.id)).all()
    assert actions == ["fairs.appoint", "fairs.dismiss", "fairs.appoint"]


def test_one_role_once(fair, manager):
    person = make_person()
    appoint(fair, person.email, "clerk", manager)
    appoint(fair, person.email, "verifier", manager)
    with pytest.raises(Duplicate):
        appoint(fair, person.email, "clerk", manager)


def test_nobody_appoints_themselves_but_the_administrator(fair, manager, admin):
    with pytest.raises(Forbidden):
        appoint(fair, manager.email, "verifier", manager)
    appoint(fair, admin.email, "manager", admin)
    assert actor(make_person()).staff == {}


def test_only_an_account_is_appointed(fair, manager):
    with pytest.raises(Invalid) as caught:
        appoint(fair, "nobody@example.org", "clerk", manager)
    assert caught.value.errors[0].code == "person_unknown"


def test_staff_of_another_fair_and_lesser_staff_appoint_nobody(fair, manager):
    person = make_person()
    elsewhere = actor(make_staff(make_fair()))
    lesser = actor(make_staff(fair, "clerk", "moderator", "verifier"))
    staff = appoint(fair, person.email, "clerk", manager)
    for by in (elsewhere, lesser, actor(make_member())):
        with pytest.raises(Forbidden):
            appoint(fair, make_person().email, "clerk", by)
        with pytest.raises(Forbidden), transaction():
            service.dismiss(fair.slug, staff.id, by=by)


def test_a_row_of_another_fair_is_not_found(fair, manager):
    other = make_fair()
    staff = appoint(other, make_person().email, "clerk", actor(make_staff(other)))
    with pytest.raises(NotFound), transaction():
        service.dismiss(fair.slug, staff.id, by=manager)


def test_the_segments_of_two_fairs_do_not_mix(fair, manager):
    other = make_fair()
    edit(fair, manager, segments=HALLS)
    edit(other, actor(make_staff(other)), segments=HALLS)
    assert db.session.query(Segment).count() == 4
    edit(fair, manager, segments=[])
    assert len(queries.segments(other)) == 2
