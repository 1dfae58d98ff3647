"""When intents are due, which converted by when, and what of it may be told in public."""

from datetime import UTC, date, datetime, timedelta

import pytest

from marketplace.core.shares import percent
from marketplace.followups import rules
from marketplace.followups.models import HORIZONS, Outcome, Side
from marketplace.followups.rules import Intent

DAY = date(2020, 9, 17)
BOTH = {Side.PROVIDER: Outcome.SIGNED, Side.RECIPIENT: Outcome.SIGNED}


def intent(number=0, *, begun=DAY, after=None, words=(), field="new_materials"):
    said = {(days, side): outcome for days, sides in dict(words).items() for side, outcome in sides.items()}
    return Intent(begun_on=begun, field=field, agency="", country="DE", parties=(f"p{number}", f"r{number}"), contract_after=after, words=said)


@pytest.mark.parametrize(
    ("passed", "due"), [(0, []), (29, []), (30, [30]), (89, [30]), (90, [30, 90]), (179, [30, 90]), (180, [30, 90, 180]), (9999, [30, 90, 180])]
)
def test_horizons_come_on_their_day(passed, due):
    assert rules.due(DAY, DAY + timedelta(days=passed)) == due


def test_an_intent_without_a_day_of_signing_begins_when_it_was_declared_on_the_fairs_clock():
    late = datetime(2020, 9, 17, 20, 0, tzinfo=UTC)  # four in the morning of the 18th in Shanghai
    assert rules.begun_on(None, late, "Asia/Shanghai") == date(2020, 9, 18)
    assert rules.begun_on(DAY, late, "Asia/Shanghai") == DAY


@pytest.mark.parametrize(
    ("after", "words", "points"),
    [
        (None, {}, [(0, 0), (0, 0), (0, 0)]),
        (30, {}, [(1, 0), (1, 0), (1, 0)]),
        (31, {}, [(0, 0), (1, 0), (1, 0)]),
        (181, {}, [(0, 0), (0, 0), (0, 0)]),
        (None, {30: BOTH}, [(0, 1), (0, 1), (0, 1)]),
        (None, {90: BOTH}, [(0, 0), (0, 1), (0, 1)]),
        (None, {90: {Side.PROVIDER: Outcome.SIGNED}}, [(0, 0), (0, 0), (0, 0)]),
        (None, {90: {Side.PROVIDER: Outcome.SIGNED, Side.RECIPIENT: Outcome.TALKING}}, [(0, 0), (0, 0), (0, 0)]),
        (None, {30: {Side.PROVIDER: Outcome.SIGNED}, 90: {Side.RECIPIENT: Outcome.SIGNED}}, [(0, 0), (0, 0), (0, 0)]),
        (80, {30: BOTH}, [(0, 1), (1, 0), (1, 0)]),
    ],
)
def test_an_intent_converts_by_a_contract_that_names_it_or_by_both_sides_word(after, words, points):
    found = rules.curve([intent(after=after, words=words)], today=DAY + timedelta(days=200))
    assert [(point.by_contract, point.by_word) for point in found] == points


def test_only_intents_whose_horizon_has_passed_are_observed():
    day = DAY + timedelta(days=100)
    found = rules.curve([intent(), intent(begun=day - timedelta(days=40)), intent(begun=day)], today=day)
    assert [point.observed for point in found] == [2, 1, 0]
    assert [percent(point.converted, point.observed) for point in found] == ["0.0", "0.0", "–"]


def test_breakdowns_add_up_to_the_whole():
    mine = [intent(i, after=10 * i, field=("a", "b", "c")[i % 3]) for i in range(20)]
    day = DAY + timedelta(days=365)
    for place in range(len(HORIZONS)):
        whole = rules.curve(mine, today=day)[place]
        cells = [points[place] for _key, points in rules.by_axis(mine, "field", today=day)]
        assert sum(each.observed for each in cells) == whole.observed
        assert sum(each.converted for each in cells) == whole.converted


@pytest.mark.parametrize(("converted", "others", "told"), [(3, 3, True), (2, 3, False), (3, 2, False), (0, 9, False), (9, 0, False), (4, 5, True)])
def test_a_point_is_public_only_where_it_tells_of_no_single_deal(converted, others, told):
    mine = [intent(i, after=5) for i in range(converted)] + [intent(100 + i) for i in range(others)]
    point = rules.public_point(mine, 30, today=DAY + timedelta(days=30))
    assert (point is not None) is told


def test_three_deals_of_one_organisation_are_not_public():
    same = [
        Intent(begun_on=DAY, field="a", agency="", country="DE", parties=("one", f"r{i}"), contract_after=after)
        for i, after in enumerate((5, 5, 5, None, None, None))
    ]
    assert rules.public_point(same, 30, today=DAY + timedelta(days=30)) is None


@pytest.mark.parametrize(
    ("days", "answered", "stale"),
    [(13, [], False), (14, [], True), (14, [Side.PROVIDER], True), (14, list(Side), False)],
)
def test_a_side_that_is_silent_for_fourteen_days_makes_it_stale(days, answered, stale):
    now = datetime(2020, 12, 1, tzinfo=UTC)
    assert rules.is_stale(now - timedelta(days=days), answered, now=now) is stale
    assert not rules.is_stale(None, answered, now=now)
