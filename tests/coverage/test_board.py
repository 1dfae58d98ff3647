"""Who stands in which list, in which order, and what a figure counts: from public listings, stored matches and real contacts."""

from datetime import timedelta

import pytest

from marketplace.core.clock import now, today
from marketplace.core.errors import NotFound
from marketplace.coverage import board, due, looking_up, noting
from marketplace.coverage.board import List
from marketplace.coverage.counted import Filter
from marketplace.listings.models import Kind
from marketplace.matching.strength import GOOD
from marketplace.meetings.models import Meeting, MeetingStatus
from marketplace.negotiations import interest
from marketplace.organizations.models import Kind as OrganizationKind
from marketplace.venue.models import PlaceKind
from tests.counting import counted
from tests.coverage.factories_coverage import Fair, matched
from tests.factories import actor, make_fair, make_organization, make_staff, save
from tests.negotiations.factories_negotiations import ASKED, asked, do, make_listing
from tests.venue.factories_venue import make_place

ALL = Filter()


@pytest.fixture
def fair(app):
    return Fair()


def names(fair: Fair, name: List, where: Filter = ALL, **more) -> list:
    return [row.id for row in board.rows(fair.world.fair, name, where, limit=50, **more).rows]


def test_a_need_without_a_good_match_stands_in_the_list_the_oldest_first(fair):
    world = fair.world
    weak, old, bare = (fair.listing(Kind.NEED, world.company, days_ago=days) for days in (1, 9, 0))
    matched(world.need, world.achievement)
    for need in (weak, old):
        matched(need, world.achievement, strength=GOOD - 1)
    assert names(fair, List.NEEDS) == [old.id, weak.id]
    assert looking_up.best_of([old.id, world.need.id])[old.id].strength == GOOD - 1
    found = board.figures(world.fair, ALL)
    assert (found.needs, found.with_good_match, found.without_good_match, found.unmatched) == (4, 1, 2, 1)
    matched(bare)  # compared, and nothing fits
    assert names(fair, List.NEEDS) == [old.id, weak.id, bare.id]


def test_achievements_stand_where_their_exposure_puts_them(fair):
    world = fair.world
    needs = [world.need, *(fair.listing(Kind.NEED, world.company) for _ in range(6))]
    never, once, beyond, often = (fair.listing(Kind.ACHIEVEMENT, world.agency) for _ in range(4))
    for need in needs:
        matched(need, often, *([once] if need is needs[0] else []))
    matched_far = fair.listing(Kind.NEED, world.company)
    matched(matched_far, beyond, first=11)
    assert names(fair, List.NEVER) == [world.achievement.id, never.id, beyond.id]
    assert names(fair, List.ONCE) == [once.id]
    assert set(names(fair, List.NO_INTEREST)) == {once.id, often.id}
    do(interest.ask, achievement_id=often.id, **ASKED, by=world.buyer)
    assert names(fair, List.NO_INTEREST) == [once.id]
    found = board.figures(world.fair, ALL)
    assert [(band.code, band.count) for band in found.bands] == [("0", 3), ("1", 1), ("2-5", 0), ("6+", 1)]
    assert (found.of(List.NEVER), found.of(List.ONCE), found.of(List.NO_INTEREST), found.achievements) == (3, 1, 1, 5)


def test_a_contact_is_an_answer_or_an_agreed_meeting_of_this_fair(fair):
    world = fair.world
    thread = asked(world)
    assert set(names(fair, List.NO_CONTACT)) == {world.agency.id, world.company.id}, "a question alone is no contact"
    do(interest.accept, thread.id, by=world.seller)
    assert names(fair, List.NO_CONTACT) == []
    institute, nobody = make_organization(kind=OrganizationKind.INSTITUTE), make_organization(kind=OrganizationKind.ORGANISER)
    for owner in (institute, nobody):
        fair.listing(Kind.ACHIEVEMENT, owner)
    assert names(fair, List.NO_CONTACT) == [institute.id], "an organiser offers nothing of its own"
    meeting = save(Meeting(
        fair_id=world.fair.id, place_id=make_place(world.fair, PlaceKind.TABLE).id, from_organization_id=world.company.id,
        to_organization_id=institute.id, requested_by=world.at_company.id, topic="CANARY-TOPIC", starts_at=now(), length_minutes=30,
        status=MeetingStatus.REQUESTED, created_at=now(),
    ))  # fmt: skip
    assert names(fair, List.NO_CONTACT) == [institute.id]
    meeting.status, meeting.answered_at = MeetingStatus.CONFIRMED, now()
    save(meeting)
    assert names(fair, List.NO_CONTACT) == []
    elsewhere = make_fair()
    make_listing(Kind.ACHIEVEMENT, institute, elsewhere)
    assert [row.id for row in board.rows(elsewhere, List.NO_CONTACT, ALL, limit=9).rows] == [institute.id], "contacts of another fair are none"


def test_who_had_a_contact_and_none_for_two_days_is_silent(fair):
    thread = asked(fair.world)
    do(interest.accept, thread.id, by=fair.world.seller)
    assert names(fair, List.SILENT) == []
    thread.moved_at = now() - timedelta(days=3)
    save(thread)
    row = looking_up.organization(fair.world.fair, fair.world.agency.id)
    assert (row.last, row.silent_since) == (thread.moved_at, thread.moved_at)
    assert set(names(fair, List.SILENT)) == {fair.world.agency.id, fair.world.company.id}


def test_the_last_note_says_who_is_to_be_called(fair):
    world = fair.world
    for next_on, expected in ((today(world.fair.time_zone), [world.agency.id]), (today(world.fair.time_zone) + timedelta(days=1), [])):
        do(noting.write, world.fair, world.agency.id, said="will call back", next_on=next_on, by=fair.staff)
        assert names(fair, List.CALLS) == expected
        assert due.calls_due(fair.staff) == len(expected)


def test_the_filter_counts_and_lists_alike(fair):
    world = fair.world
    german = fair.listing(Kind.NEED, world.company, technology_codes=["1", "12"], country="DE")
    other = fair.listing(Kind.NEED, world.company, technology_codes=["2"], country="CN")
    for need in (german, other):
        matched(need)
    assert names(fair, List.NEEDS, Filter("1", None)) == names(fair, List.NEEDS, Filter(None, "DE")) == [german.id]
    assert names(fair, List.NEEDS, Filter("2", "DE")) == []
    assert board.figures(world.fair, Filter("12", "DE")).without_good_match == 1
    assert names(fair, List.NO_CONTACT, Filter("1", None)) == [world.company.id]
    assert names(fair, List.NO_CONTACT, Filter(None, "DE")) == [world.agency.id]


def test_pages_join_without_gap_or_repetition_and_a_file_has_the_same_rows(app, fair, monkeypatch):
    world = fair.world
    monkeypatch.setattr(board, "BATCH", 2)
    needs = [fair.listing(Kind.NEED, make_organization(), days_ago=days) for days in (4, 4, 4, 2, 1)]
    for need in needs:
        matched(need)
    for name in (List.NEEDS, List.NO_CONTACT):
        with app.test_request_context("/"):
            read, cursor = [], None
            while True:
                page = board.rows(world.fair, name, ALL, limit=2, cursor=cursor)
                read += [row.id for row in page.rows]
                cursor = page.next
                if cursor is None:
                    break
        whole = names(fair, name)
        assert read == whole == [row.id for part in board.every(world.fair, name, ALL) for row in part]
        assert len(set(whole)) == len(whole) >= 5


def test_more_rows_need_no_more_queries(fair):
    def queries() -> int:
        with counted() as made:
            board.figures(fair.world.fair, ALL)
            for name in List:
                looking_up.best_of(names(fair, name))
        return len(made)

    few = queries()
    for _ in range(5):
        matched(fair.listing(Kind.NEED, make_organization()))
        fair.listing(Kind.ACHIEVEMENT, make_organization())
    assert queries() == few


def test_the_day_page_counts_only_ones_own_fairs_that_are_open(fair):
    world = fair.world
    matched(world.need)
    assert (due.needs_without(fair.staff), due.without_contact(fair.staff)) == (1, 2)
    stranger = actor(make_staff(make_fair(), "manager"))
    assert (due.needs_without(stranger), due.without_contact(stranger), due.calls_due(stranger)) == (0, 0, 0)
    with pytest.raises(NotFound):
        board.of_staff(world.fair.slug, by=stranger)
    world.fair.opens_on = world.fair.closes_on = today(world.fair.time_zone)
    save(world.fair)
    assert due.without_contact(fair.staff) == 0, "on the first day nobody is late"
    world.fair.closed_at = now()
    save(world.fair)
    assert due.needs_without(fair.staff) == 0


def test_what_is_not_public_is_counted_nowhere(fair):
    world = fair.world
    hidden = make_listing(Kind.NEED, world.company, world.fair, published=False)
    make_listing(Kind.ACHIEVEMENT, make_organization(), world.fair, published=False)
    matched(hidden)
    assert hidden.id not in names(fair, List.NEEDS)
    found = board.figures(world.fair, ALL)
    assert (found.needs, found.achievements, found.organizations) == (1, 1, 2)
