"""Must-have rows keep out what does not meet them, and the lists are filled from below all the same."""

from datetime import date

import pytest

from marketplace.core.db import transaction
from marketplace.listings import drafting, entering, indexing
from marketplace.matching import queries, subjects
from marketplace.matching.gates import Code, Status

HOT = [{"name": "operating temperature", "operator": ">=", "value": "150", "upper": None, "unit": "°C"}]


def reached(value, unit="°C"):
    return [{"name": "Operating temperatures", "operator": "=", "value": value, "upper": None, "unit": unit}]


def found(listing, by, **more):
    return queries.find(subjects.one(listing.kind, listing.id, by=by), **more)


def titles(matches):
    return [match.row.title_en for match in matches]


@pytest.fixture
def buyer(sides):
    return sides.company.by


def test_what_is_too_cold_leaves_its_place_to_the_next(sides, buyer):
    for number in range(5):
        sides.achievement(f"Heat pump for steam, model {number} too cold", parameters=reached("140"))
    sides.achievement("Heat pump for steam in kelvin", parameters=reached("423.15", "K"))
    sides.achievement("Heat pump: steam")
    need = sides.need("Heat pump for steam", parameters=HOT)
    all_of_it = found(need, buyer, limit=2, near=3)
    assert sorted(titles(all_of_it.matches)) == ["Heat pump for steam in kelvin", "Heat pump: steam"]
    assert len(all_of_it.near) == 3 and all("too cold" in title for title in titles(all_of_it.near))
    lines = [line for match in all_of_it.matches for line in match.constraints if line.code is Code.PARAMETER]
    assert sorted(line.status for line in lines) == [Status.MET, Status.UNKNOWN]
    place = queries.place(need.id, all_of_it.matches[1].id, own=True)
    assert place is not None and place.rank == 2


def test_an_achievement_finds_only_needs_whose_rows_it_meets(sides):
    cold = sides.achievement("Heat pump for steam", parameters=reached("140"))
    sides.need("Heat pump for hot steam", parameters=HOT)
    sides.need("Heat pump for any steam")
    assert titles(found(cold, sides.agency.by).matches) == ["Heat pump for any steam"]


def test_a_draft_of_somebody_else_changes_nothing(sides, buyer):
    """Only the public version's rows count: a newer one that waits for the moderator is nobody else's business."""
    pump = sides.achievement("Heat pump for steam", parameters=reached("140"))
    need = sides.need("Heat pump for steam", parameters=HOT)
    with transaction():
        drafting.edit(pump.id, {"parameters": reached("160")}, by=sides.agency.by)
        entering.submit(pump.id, fair_slug=sides.agency.fair.slug, segment_code="universities", by=sides.agency.by)
    indexing.drain()
    assert titles(found(need, buyer).matches) == []


def test_a_last_day_ends_a_listing_unless_it_had_passed_when_it_was_written(sides, buyer):
    sides.achievement("Heat pump from an old catalogue", valid_until=date(2015, 1, 1))
    sides.achievement("Heat pump of these days", valid_until=date(2190, 1, 1))
    need = sides.need("Heat pump", deadline=date(2011, 9, 1))
    assert len(found(need, buyer).matches) == 2
    lines = {line.code for match in found(need, buyer).matches for line in match.constraints}
    assert Code.VALID_UNTIL in lines and Code.DEADLINE not in lines
