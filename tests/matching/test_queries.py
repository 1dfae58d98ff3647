"""Matches of listings in the database: both directions, drafts of one's own, what is public only, near misses."""

import pytest

from marketplace.core.db import transaction
from marketplace.core.errors import NotFound
from marketplace.listings import drafting, entering, indexing
from marketplace.listings.models import Kind
from marketplace.matching import marking, queries, subjects
from marketplace.matching.gates import Code, Status
from marketplace.matching.queries import Rebuilding
from tests.counting import counted
from tests.factories import actor, make_fair, make_member, make_organization, make_staff
from tests.matching.factories_matching import Sides


def found(listing, by, **more):
    return queries.find(subjects.one(listing.kind, listing.id, by=by), **more)


def titles(matches):
    return [match.row.title_en for match in matches]


@pytest.fixture
def buyer(sides):
    return sides.company.by


@pytest.fixture
def seller(sides):
    return sides.agency.by


def test_a_need_finds_achievements_and_an_achievement_finds_needs(sides, buyer, seller):
    laser = sides.achievement("Laser welding of thin steel")
    sides.achievement("Seeds of drought resistant wheat")
    need = sides.need("Welding steel with a laser")
    matches = found(need, buyer).matches
    assert titles(matches) == ["Laser welding of thin steel"]
    assert {term.written.lower() for term in matches[0].reasons.terms} == {"laser", "welding", "steel"}
    assert titles(found(laser, seller).matches) == ["Welding steel with a laser"]


def test_the_parts_of_a_score_and_the_shares_of_its_words_add_up(sides, buyer):
    sides.achievement("Laser welding of thin steel pipes in cold water under high pressure")
    need = sides.need("High pressure laser welding: steel pipes under cold water")
    (match,) = found(need, buyer).matches
    why = match.reasons
    assert why.words + why.pairs + why.titles + why.fields == pytest.approx(match.score, rel=1e-4)
    assert (len(why.terms), why.more) == (8, 0)
    for most, code in ((5, None), (3, "en"), (2, "zh"), (9, None)):
        terms, more, share = marking.named(match, most=most, code=code)
        assert (len(terms), more) == (min(most, 8), max(0, 8 - most))
        assert sum(term.share for term in terms) + share == pytest.approx(1, abs=1e-3)
    assert sum(term.share for term in why.terms) + why.more_share == pytest.approx(1, abs=1e-3)


def test_an_own_draft_is_matched_and_stays_out_of_everybody_elses_matches(sides, buyer, seller):
    laser = sides.achievement("Laser welding")
    draft = sides.draft_need("Laser welding for our secret product")
    assert titles(found(draft, buyer).matches) == ["Laser welding"]
    indexing.rebuild()
    assert found(laser, seller).matches == []
    with pytest.raises(NotFound):
        found(draft, seller)


def test_ones_own_newest_version_counts_for_oneself_and_the_approved_one_for_others(sides, buyer, seller):
    laser = sides.achievement("Laser welding")
    sides.achievement("Wheat seeds")
    need = sides.need("Laser welding")
    with transaction():
        drafting.edit(need.id, {"title_en": "Wheat", "summary_en": "Seeds", "description_en": "Wheat"}, by=buyer)
    assert titles(found(need, buyer).matches) == ["Wheat seeds"]
    assert titles(found(laser, seller).matches) == ["Laser welding"]
    staff = actor(sides.agency.moderator)
    assert titles(found(need, staff).matches) == ["Laser welding"]


def test_what_was_withdrawn_never_shows_even_before_the_index_knows(sides, buyer):
    laser = sides.achievement("Laser welding")
    need = sides.need("Laser welding")
    assert len(found(need, buyer).matches) == 1
    with transaction():
        entering.withdraw(laser.id, fair_slug=sides.agency.fair.slug, by=sides.agency.by)
    assert indexing.reader().snapshot(Kind.ACHIEVEMENT).searcher.num_docs == 2  # it and the state: not drained yet
    assert found(need, buyer).matches == []
    indexing.drain()
    assert found(need, buyer).matches == []


GATES = [
    ({"min_trl": 6}, {"trl": 5}, Code.TRL),
    ({"deal_kinds": ["licence"]}, {"deal_kinds": ["transfer"]}, Code.DEAL_KINDS),
    (
        {"amount_max_minor": 100, "currency": "CNY", "unknowns": ["deadline"]},
        {"amount_min_minor": 101, "currency": "CNY", "price_mode": "negotiable"},
        Code.PRICE,
    ),
    ({"target_countries": ["FR"]}, {"country": "DE"}, Code.COUNTRY),
    ({"excluded_countries": ["DE"]}, {"country": "DE"}, Code.COUNTRY_EXCLUDED),
    ({"country": "CN"}, {"target_countries": ["DE"]}, Code.MARKET),
    ({"country": "CN"}, {"excluded_countries": ["CN"]}, Code.MARKET_EXCLUDED),
]


@pytest.mark.parametrize(("wanted", "offered", "code"), GATES, ids=[code.value for *_, code in GATES])
def test_one_broken_condition_is_a_near_miss_in_both_directions(sides, buyer, seller, wanted, offered, code):
    laser = sides.achievement("Laser welding", **offered)
    need = sides.need("Laser welding", **wanted)
    for result in (found(need, buyer, near=3), found(laser, seller, near=3)):
        assert result.matches == []
        (near,) = result.near
        assert [line.code for line in near.constraints if line.status is Status.NOT_MET] == [code]
    assert found(need, buyer).near == []


def test_two_broken_conditions_are_no_near_miss(sides, buyer):
    sides.achievement("Laser welding", trl=3, deal_kinds=["transfer"])
    need = sides.need("Laser welding", min_trl=6, deal_kinds=["licence"])
    result = found(need, buyer, near=3)
    assert (result.matches, result.near) == ([], [])


def test_a_condition_that_is_broken_since_leaves_the_matches_at_once(sides, buyer):
    sides.achievement("Laser welding", trl=7)
    need = sides.need("Laser welding", min_trl=6)
    assert len(found(need, buyer).matches) == 1
    with transaction():
        drafting.edit(need.id, {"min_trl": 9}, by=buyer)
    result = found(need, buyer, near=1)
    assert (result.matches, len(result.near)) == ([], 1)


def test_staff_read_the_matches_of_what_their_fair_shows_and_nobody_else_does(sides):
    need = sides.need("Laser welding")
    fair = sides.company.fair
    for role in ("manager", "moderator"):
        assert found(need, actor(make_staff(fair, role))).matches == []
    strangers = [
        actor(make_staff(fair, "clerk")), actor(make_staff(make_fair(), "manager")), sides.agency.by,
        actor(make_member(make_organization())),
    ]  # fmt: skip
    for stranger in strangers:
        with pytest.raises(NotFound):
            found(need, stranger)
    assert subjects.readable(need.id, by=actor(sides.agency.moderator))
    assert not subjects.readable(need.id, by=strangers[1])


def test_the_kind_must_be_the_listings(sides, buyer):
    need = sides.need("Laser welding")
    with pytest.raises(NotFound):
        subjects.one(Kind.ACHIEVEMENT, need.id, by=buyer)


def test_listings_that_one_open_fair_shows_are_together(sides: Sides, buyer):
    sides.achievement("Laser welding")
    assert [match.together for match in found(sides.need("Laser welding"), buyer).matches] == [True]
    assert [match.together for match in found(sides.draft_need("Laser welding"), buyer).matches] == [False]


def test_without_an_index_the_answer_is_to_try_again(app, sides, buyer):
    need = sides.need("Laser welding")
    (indexing.root() / "current").unlink()
    assert found(need, buyer).matches == []  # this process has the last state still
    app.extensions.pop("index_reader")
    with pytest.raises(Rebuilding):
        found(need, buyer)
    indexing.keep()
    assert found(need, buyer).matches == []


def test_the_number_of_statements_does_not_grow_with_the_matches(sides, buyer):
    def statements():
        with counted() as seen:
            found(need, buyer, near=3)
        return len(seen)

    need = sides.need("Laser welding")
    sides.achievement("Laser welding")
    few = statements()
    for number in range(8):
        sides.achievement(f"Laser welding {number}", trl=number % 9 + 1)
    assert statements() == few <= 7
