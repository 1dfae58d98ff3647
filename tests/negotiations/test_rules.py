"""Rules of a thread on plain values: sides, whose move, what changed, what is missing, what is possible."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest

from marketplace.core.errors import IllegalMove, Invalid
from marketplace.core.states import check_move
from marketplace.negotiations import rules
from marketplace.negotiations.models import MOVES, ROUND_MOVES, Negotiation, Round, RoundStatus, Stage

AT = datetime(2020, 9, 18, 12, tzinfo=UTC)
PROVIDER, RECIPIENT, OTHER = (UUID(int=n) for n in (1, 2, 3))
ALLOWED = {
    ("interest", "talking"), ("interest", "declined"), ("interest", "withdrawn"),
    ("talking", "agreed"), ("talking", "lost"), ("agreed", "lost"),
}  # fmt: skip


@pytest.mark.parametrize("start", list(Stage))
@pytest.mark.parametrize("end", list(Stage))
def test_every_pair_of_stages(start, end):
    if (start.value, end.value) in ALLOWED:
        assert check_move(MOVES, start, end) is end
    else:
        with pytest.raises(IllegalMove):
            check_move(MOVES, start, end)


@pytest.mark.parametrize("start", list(RoundStatus))
@pytest.mark.parametrize("end", list(RoundStatus))
def test_every_pair_of_round_statuses(start, end):
    assert (end in ROUND_MOVES[start]) is (start is RoundStatus.OPEN and end is not RoundStatus.OPEN)


def thread(stage, asked_by=RECIPIENT):
    answering = PROVIDER if asked_by == RECIPIENT else RECIPIENT
    return Negotiation(stage=stage, provider_id=PROVIDER, recipient_id=RECIPIENT, asked_by_id=asked_by, answered_by_id=answering)


def made(by=PROVIDER, status=RoundStatus.OPEN, number=1, hours=None, **terms):
    until = None if hours is None else AT + timedelta(hours=hours)
    fields = {"amount_minor": 100, "currency": "CNY", "undisclosed": False, "kind": "licence"} | terms
    return Round(number=number, organization_id=by, status=status, valid_until=until, **fields)


@pytest.mark.parametrize(
    ("stage", "asker", "rounds", "expected"),
    [
        (Stage.INTEREST, RECIPIENT, [], PROVIDER),
        (Stage.INTEREST, PROVIDER, [], RECIPIENT),
        (Stage.TALKING, RECIPIENT, [], PROVIDER),
        (Stage.TALKING, PROVIDER, [], PROVIDER),
        (Stage.TALKING, RECIPIENT, [made()], RECIPIENT),
        (Stage.TALKING, RECIPIENT, [made(RECIPIENT)], PROVIDER),
        (Stage.TALKING, RECIPIENT, [made(status=RoundStatus.COUNTERED), made(RECIPIENT, number=2)], PROVIDER),
        (Stage.TALKING, RECIPIENT, [made(status=RoundStatus.WITHDRAWN)], PROVIDER),
        (Stage.TALKING, RECIPIENT, [made(hours=1)], RECIPIENT),
        (Stage.TALKING, RECIPIENT, [made(hours=0)], PROVIDER),
        (Stage.TALKING, RECIPIENT, [made(RECIPIENT, hours=-1)], RECIPIENT),
        (Stage.AGREED, RECIPIENT, [made(status=RoundStatus.AGREED)], None),
        (Stage.DECLINED, RECIPIENT, [], None),
        (Stage.WITHDRAWN, RECIPIENT, [], None),
        (Stage.LOST, RECIPIENT, [made()], None),
    ],
)
def test_whose_move_it_is(stage, asker, rounds, expected):
    assert rules.whose_move(thread(stage, asker), rounds, at=AT) == expected


@pytest.mark.parametrize(
    ("achievement_owner", "need_owner", "expected"),
    [
        (PROVIDER, None, (PROVIDER, OTHER)),
        (PROVIDER, OTHER, (PROVIDER, OTHER)),
        (None, RECIPIENT, (OTHER, RECIPIENT)),
        (OTHER, RECIPIENT, (OTHER, RECIPIENT)),
    ],
)
def test_who_asks_about_an_achievement_receives_and_about_a_need_provides(achievement_owner, need_owner, expected):
    found = rules.sides(OTHER, achievement_owner=achievement_owner, need_owner=need_owner)
    assert (found.provider_id, found.recipient_id) == expected


@pytest.mark.parametrize(
    ("achievement_owner", "need_owner", "code"),
    [
        (OTHER, None, "own_listing"), (None, OTHER, "own_listing"), (OTHER, OTHER, "own_listing"),
        (PROVIDER, RECIPIENT, "companion_foreign"), (PROVIDER, PROVIDER, "companion_foreign"),
    ],
)  # fmt: skip
def test_nobody_asks_about_their_own_listing_or_brings_a_foreign_one(achievement_owner, need_owner, code):
    with pytest.raises(Invalid) as refused:
        rules.sides(OTHER, achievement_owner=achievement_owner, need_owner=need_owner)
    assert [error.code for error in refused.value.errors] == [code]


def test_a_pair_has_one_name_from_both_sides():
    from_company = rules.sides(RECIPIENT, achievement_owner=PROVIDER, need_owner=RECIPIENT)
    from_agency = rules.sides(PROVIDER, achievement_owner=PROVIDER, need_owner=RECIPIENT)
    listings = {"achievement_id": UUID(int=8), "need_id": UUID(int=9)}
    assert rules.pair_key(from_company, **listings) == rules.pair_key(from_agency, **listings)
    assert rules.pair_key(from_company, **listings) != rules.pair_key(from_company, achievement_id=UUID(int=8), need_id=None)


@pytest.mark.parametrize(
    ("terms", "missing"),
    [
        ({}, []),
        ({"amount_minor": None}, ["amount"]),
        ({"amount_minor": None, "undisclosed": True}, []),
        ({"kind": None}, ["kind"]),
        ({"amount_minor": None, "currency": None, "kind": None}, ["amount", "currency", "kind"]),
        ({"amount_minor": None, "currency": None, "undisclosed": True}, ["currency"]),
    ],
)
def test_an_agreement_needs_amount_or_undisclosed_currency_and_kind(terms, missing):
    assert rules.lacking(made(**terms)) == missing


@pytest.mark.parametrize(
    ("before", "after", "names"),
    [
        ({}, {}, set()),
        ({}, {"amount_minor": 101}, {"amount_minor"}),
        ({}, {"currency": "EUR"}, {"amount_minor"}),
        ({}, {"amount_minor": None, "undisclosed": True}, {"amount_minor"}),
        ({}, {"note": "new words"}, set()),
        ({"royalty_bp": 300}, {"royalty_bp": 250, "kind": "service"}, {"royalty_bp", "kind"}),
        ({"amount_minor": None}, {"amount_minor": None, "currency": "EUR"}, set()),
    ],
)
def test_only_changed_terms_are_marked(before, after, names):
    assert rules.changed(made(**after), made(**before)) == names


def test_nothing_is_marked_in_the_first_round():
    assert rules.changed(made(), None) == frozenset()


@pytest.mark.parametrize(
    ("stage", "rounds", "handed", "provider", "recipient"),
    [
        (Stage.INTEREST, [], False, {"accept", "decline"}, {"withdraw"}),
        (Stage.TALKING, [], False, {"offer", "lose"}, {"offer", "lose"}),
        (Stage.TALKING, [made()], False, {"withdraw_round", "lose"}, {"offer", "agree", "lose"}),
        (Stage.TALKING, [made(kind=None)], False, {"withdraw_round", "lose"}, {"offer", "lose"}),
        (Stage.TALKING, [made(hours=-1)], False, {"offer", "lose"}, {"offer", "lose"}),
        (Stage.AGREED, [], False, {"hand_over", "lose"}, {"hand_over", "lose"}),
        (Stage.AGREED, [], True, set(), set()),
        (Stage.DECLINED, [], False, set(), set()),
        (Stage.LOST, [made()], False, set(), set()),
    ],
)
def test_what_each_side_can_do(stage, rounds, handed, provider, recipient):
    assert rules.possible(thread(stage), rounds, mine=PROVIDER, at=AT, handed=handed) == provider
    assert rules.possible(thread(stage), rounds, mine=RECIPIENT, at=AT, handed=handed) == recipient


@pytest.mark.parametrize(
    ("stage", "rounds", "handed", "side"),
    [
        (Stage.INTEREST, [], False, "provider"), (Stage.TALKING, [made()], False, "recipient"),
        (Stage.AGREED, [], False, "either"), (Stage.AGREED, [], True, "nobody"), (Stage.LOST, [], False, "nobody"),
    ],
)  # fmt: skip
def test_staff_learn_the_side_and_not_the_name(stage, rounds, handed, side):
    assert rules.side_to_move(thread(stage), rounds, at=AT, handed=handed) == side


def test_the_facts_name_the_day_of_agreement_where_the_fair_is():
    agreed = made(status=RoundStatus.AGREED, note="CANARY-NOTE", royalty_bp=250)
    agreed.answered_at = datetime(2020, 9, 18, 17, 30, tzinfo=UTC)
    provider = SimpleNamespace(id=PROVIDER, name="Northgate", country="DE")
    recipient = SimpleNamespace(id=RECIPIENT, name="Hengyuan", country="CN")
    facts = rules.handover_facts(agreed, provider=provider, recipient=recipient, titles=("Heat pump", None), time_zone="Asia/Shanghai")
    assert facts == {
        "title_en": "Heat pump", "title_zh": None, "kind": "licence", "total_minor": 100, "technology_minor": None,
        "currency": "CNY", "agreed_on": "2020-09-19",
        "parties": [
            {"role": "provider", "name": "Northgate", "country": "DE", "organization_id": str(PROVIDER)},
            {"role": "recipient", "name": "Hengyuan", "country": "CN", "organization_id": str(RECIPIENT)},
        ],
    }  # fmt: skip
