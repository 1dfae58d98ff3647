"""The tables of docs/rules/credit.md: shares, parts, ranking, who has to agree; and the law that nothing is lost."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.errors import Invalid
from marketplace.core.money import split_minor
from marketplace.credits.models import SPLIT_MOVES, SplitStatus
from marketplace.credits.rules import (
    WHOLE_BP,
    Credit,
    Deal,
    check_shares,
    concerned,
    credits,
    evenly,
    in_contracts,
    in_percent,
    missing,
    ranked,
)

A, B, C, D, E = (UUID(int=number) for number in range(1, 6))
pytestmark = pytest.mark.one_database


@pytest.mark.parametrize("shares", [[6000, 4000], [3334, 3333, 3333], [10_000]])
def test_shares_that_make_a_whole_are_taken(shares):
    check_shares([(uuid4(), share) for share in shares])


@pytest.mark.parametrize(
    ("shares", "code", "said"),
    [
        ([(A, 3333), (B, 3333), (C, 3333)], "not_whole", "99.99"),
        ([(A, 6000), (B, 6000)], "not_whole", "120.00"),
        ([(A, 5000), (A, 5000)], "list_twice", "twice"),
        ([], "not_whole", "0.00"),
    ],
)
def test_others_are_refused_in_words(app, shares, code, said):
    with pytest.raises(Invalid) as caught:
        check_shares(shares)
    assert caught.value.errors[0].code == code
    assert said in caught.value.errors[0].detail


@pytest.mark.parametrize(
    ("amount", "shares", "parts"),
    [
        (100, [3334, 3333, 3333], [34, 33, 33]), (1, [5000, 5000], [1, 0]), (1_000_001, [6000, 4000], [600_001, 400_000]),
        (7, [9999, 1], [7, 0]),
    ],
)  # fmt: skip
def test_an_amount_is_cut_to_the_minor_unit(amount, shares, parts):
    assert split_minor(amount, shares) == parts


def test_the_ranking_of_the_table():
    table = {A: (500, 20_000), B: (300, 10_000), C: (300, 10_000), D: (300, 5_000), E: (0, 5_000)}
    found = ranked({agency: Credit(1, share, amount, 0) for agency, (amount, share) in table.items()})
    assert [(rank, agency) for rank, agency, _ in found] == [(1, A), (2, B), (2, C), (4, D), (5, E)]


@pytest.mark.parametrize(
    ("parties", "agencies", "proposer", "asked"),
    [
        ([A, B], [C], A, [B, C]),
        ([A, B, C], [C], C, [A, B]),
        ([A, None, C], [C, D], A, [C, D]),
        ([None, None, C], [C], C, []),
    ],
)
def test_who_has_to_agree(parties, agencies, proposer, asked):
    assert missing(concerned(parties, agencies, winners={}), {proposer}, winners={}) == asked


def test_a_merged_organisation_speaks_through_the_one_that_took_its_place():
    winners = {A: B}
    assert concerned([A, C], [B], winners=winners) == [B, C]
    assert missing([B, C], {A}, winners=winners) == [C]


def test_what_does_not_divide_goes_to_the_first():
    assert evenly(3) == [3334, 3333, 3333]
    assert evenly(0) == []
    assert in_percent(3334) == "33.34"
    assert in_percent(5) == "0.05"


@pytest.mark.parametrize(("share", "text"), [(15_000, "1.50"), (3334, "0.3334"), (20_000, "2.00"), (5, "0.0005")])
def test_shares_of_contracts_are_printed_exactly(share, text):
    assert in_contracts(share) == text


def test_only_a_proposal_and_an_agreement_move_on():
    assert {start for start, ends in SPLIT_MOVES.items() if ends} == {SplitStatus.PROPOSED, SplitStatus.AGREED}
    assert SplitStatus.PROPOSED not in set().union(*SPLIT_MOVES.values())


shares = st.lists(st.integers(1, 50), min_size=1, max_size=6).map(lambda weights: split_minor(WHOLE_BP, weights))
amounts = st.none() | st.integers(1, 10**15)


@given(st.lists(st.tuples(amounts, amounts, st.none() | shares, st.booleans()), max_size=8))
def test_all_lines_together_are_the_whole(rows):
    deals = [Deal(total_minor=t, technology_minor=k, shares=list(zip((A, B, C, D, E, UUID(int=6)), s or [], strict=False)), hidden=h) for t, k, s, h in rows]
    found = credits(deals)
    lines = [*found.agencies.values(), found.unshared, found.hidden]
    for name in ("share_bp", "total_minor", "technology_minor"):
        assert sum(getattr(line, name) for line in lines) == getattr(found.whole, name)
    assert found.whole.total_minor == sum(t or 0 for t, *_ in rows)
    assert found.whole.share_bp == WHOLE_BP * len(rows)
