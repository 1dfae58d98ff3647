"""Rules of a thread on plain values: sides, whose move, what changed, what is missing, what is possible."""

from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import pytest

from marketplace.core.errors import IllegalMove, Invalid
from marketplace.core.states import check_move
from marketplace.negotiations import due, rules
from marketplace.negotiations.models import MOVES, ROUND_MOVES, Negotiation, Reveal, Round, RoundStatus, Stage

AT = datetime(2020, 9, 18, 12, tzinfo=UTC)
PROVIDER, RECIPIENT, OTHER = (UUID(int=n) for n in (1, 2, 3))
RULES = (Path(__file__).parents[2] / "docs/rules/negotiation.md").read_text()


def table(first: str) -> list[list[str]]:
    """The rows of the table of the rules whose first head is this."""
    lines = RULES.partition(f"| {first} |")[2].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def codes(cell: str) -> set[str]:
    return set(cell.split(", ")) - {"–"}


def test_every_pair_of_stages():
    written = {start: codes(ends) for start, ends, _ in table("from")}
    assert set(written) == {stage.value for stage in Stage}
    for start, end in product(Stage, Stage):
        if end.value in written[start.value]:
            assert check_move(MOVES, start, end) is end
        else:
            with pytest.raises(IllegalMove):
                check_move(MOVES, start, end)


def test_the_rules_name_every_step_and_its_stages():
    assert {step: codes(stages) for step, stages, _ in table("step")} == {step: {stage.value for stage in stages} for step, (stages, _) in rules.ACTS.items()}


@pytest.mark.parametrize("start", list(RoundStatus))
@pytest.mark.parametrize("end", list(RoundStatus))
def test_every_pair_of_round_statuses(start, end):
    opened_again = (start, end) == (RoundStatus.AGREED, RoundStatus.COUNTERED)
    assert (end in ROUND_MOVES[start]) is (opened_again or (start is RoundStatus.OPEN and end is not RoundStatus.OPEN))


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
        (Stage.NDA, PROVIDER, [], PROVIDER),
        (Stage.EVALUATION, PROVIDER, [], RECIPIENT),
        (Stage.EVALUATION, RECIPIENT, [made(RECIPIENT)], RECIPIENT),
        (Stage.TERMS_PROPOSED, RECIPIENT, [made()], RECIPIENT),
        (Stage.TERMS_PROPOSED, RECIPIENT, [made(RECIPIENT)], PROVIDER),
        (Stage.COUNTERED, RECIPIENT, [made(status=RoundStatus.COUNTERED), made(RECIPIENT, number=2)], PROVIDER),
        (Stage.TERMS_PROPOSED, RECIPIENT, [made(status=RoundStatus.WITHDRAWN)], PROVIDER),
        (Stage.TERMS_PROPOSED, RECIPIENT, [made(hours=1)], RECIPIENT),
        (Stage.TERMS_PROPOSED, RECIPIENT, [made(hours=0)], PROVIDER),
        (Stage.TERMS_PROPOSED, RECIPIENT, [made(RECIPIENT, hours=-1)], RECIPIENT),
        (Stage.TERMS_AGREED, RECIPIENT, [made(status=RoundStatus.AGREED)], None),
        (Stage.READY_TO_SIGN, RECIPIENT, [made(status=RoundStatus.AGREED)], None),
        (Stage.SIGNED, RECIPIENT, [made(status=RoundStatus.AGREED)], None),
        (Stage.PAUSED, RECIPIENT, [made()], None),
        (Stage.DECLINED, RECIPIENT, [], None),
        (Stage.WITHDRAWN, RECIPIENT, [], None),
        (Stage.LOST, RECIPIENT, [made()], None),
    ],
)
def test_whose_move_it_is(stage, asker, rounds, expected):
    assert rules.whose_move(thread(stage, asker), rounds, at=AT) == expected


@pytest.mark.parametrize(
    ("provider", "recipient", "expected"),
    [(AT, None, PROVIDER), (None, AT, RECIPIENT), (AT, AT + timedelta(hours=1), PROVIDER), (AT, AT - timedelta(hours=1), RECIPIENT)],
)
def test_an_approval_waits_for_the_side_that_needs_it_longest(provider, recipient, expected):
    waiting = thread(Stage.APPROVAL)
    waiting.provider_approving_since, waiting.recipient_approving_since = provider, recipient
    assert rules.whose_move(waiting, [], at=AT) == expected
    for side, since in ((PROVIDER, provider), (RECIPIENT, recipient)):
        can = rules.possible(waiting, [], mine=side, at=AT, handed=False)
        assert ("approve" in can, "need_approval" in can) == (since is not None, since is None)


@pytest.mark.parametrize(
    ("rounds", "expected"),
    [
        ([], Stage.TALKING),
        ([made()], Stage.TERMS_PROPOSED),
        ([made(status=RoundStatus.COUNTERED), made(RECIPIENT, number=2)], Stage.COUNTERED),
        ([made(status=RoundStatus.WITHDRAWN), made(number=2)], Stage.TERMS_PROPOSED),
        ([made(status=RoundStatus.COUNTERED), made(RECIPIENT, RoundStatus.EXPIRED, 2), made(number=3)], Stage.TERMS_PROPOSED),
    ],
)
def test_the_rounds_say_which_stage_an_evaluation_goes_back_to(rounds, expected):
    assert rules.stage_of(rounds, secret=False) is expected
    assert rules.stage_of(rounds, secret=True) is (expected if rounds else Stage.NDA)


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


ENDS = {"pause", "lose"}


@pytest.mark.parametrize(
    ("stage", "rounds", "handed", "provider", "recipient"),
    [
        (Stage.INTEREST, [], False, {"accept", "decline", "promise"}, {"withdraw"}),
        (Stage.TALKING, [], False, {"offer", "evaluate", "promise"} | ENDS, {"offer", "evaluate"} | ENDS),
        (Stage.NDA, [], False, {"offer", "evaluate", "promise"} | ENDS, {"offer", "evaluate"} | ENDS),
        (Stage.EVALUATION, [], False, {"offer", "talk"} | ENDS, {"offer", "talk", "promise"} | ENDS),
        (Stage.TERMS_PROPOSED, [made()], False, {"withdraw_round", "evaluate"} | ENDS, {"offer", "agree", "evaluate", "promise"} | ENDS),
        (Stage.EVALUATION, [made()], False, {"withdraw_round", "talk"} | ENDS, {"offer", "agree", "talk", "promise"} | ENDS),
        (Stage.COUNTERED, [made(kind=None)], False, {"withdraw_round", "evaluate"} | ENDS, {"offer", "evaluate", "promise"} | ENDS),
        (Stage.TERMS_PROPOSED, [made(hours=-1)], False, {"offer", "evaluate", "promise"} | ENDS, {"offer", "evaluate"} | ENDS),
        (Stage.TERMS_AGREED, [], False, {"hand_over", "need_approval", "offer"} | ENDS, {"hand_over", "need_approval", "offer"} | ENDS),
        (Stage.APPROVAL, [], False, {"need_approval", "offer"} | ENDS, {"need_approval", "offer"} | ENDS),
        (Stage.READY_TO_SIGN, [], False, {"hand_over", "need_approval", "offer"} | ENDS, {"hand_over", "need_approval", "offer"} | ENDS),
        (Stage.READY_TO_SIGN, [], True, set(), set()),
        (Stage.SIGNED, [], True, set(), set()),
        (Stage.PAUSED, [made()], False, {"resume", "lose"}, {"resume", "lose"}),
        (Stage.DECLINED, [], False, set(), set()),
        (Stage.WITHDRAWN, [], False, set(), set()),
        (Stage.LOST, [made()], False, set(), set()),
    ],
)
def test_what_each_side_can_do(stage, rounds, handed, provider, recipient):
    assert rules.possible(thread(stage), rounds, mine=PROVIDER, at=AT, handed=handed) == provider
    assert rules.possible(thread(stage), rounds, mine=RECIPIENT, at=AT, handed=handed) == recipient


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("We are junzhou textiles Co., Ltd.", "Junzhou Textiles Co., Ltd.", True), ("We do it.", "IT", True), ("We edit films.", "IT", False),
        ("我们是上海筠洲纺织有限公司的", "上海筠洲纺织有限公司", True), ("Three lines", "Hengyuan", False),
    ],
)  # fmt: skip
def test_a_text_that_writes_a_name(text, name, expected):
    assert rules.names_in(text, name) is expected


def test_a_validity_that_reads_the_same_is_no_change():
    first, second = made(hours=1), made(hours=1, number=2)
    second.valid_until += timedelta(seconds=40)
    assert rules.changed(second, first) == frozenset()
    second.valid_until += timedelta(minutes=1)
    assert rules.changed(second, first) == {"valid_until"}


@pytest.mark.parametrize(
    ("stage", "rounds", "handed", "side"),
    [
        (Stage.INTEREST, [], False, "provider"), (Stage.TERMS_PROPOSED, [made()], False, "recipient"), (Stage.TERMS_AGREED, [], False, "either"),
        (Stage.READY_TO_SIGN, [], False, "either"), (Stage.READY_TO_SIGN, [], True, "desk"), (Stage.SIGNED, [], True, "nobody"),
        (Stage.PAUSED, [], False, "nobody"), (Stage.LOST, [], False, "nobody"),
    ],
)  # fmt: skip
def test_staff_learn_the_side_and_not_the_name(stage, rounds, handed, side):
    assert rules.side_to_move(thread(stage), rounds, at=AT, handed=handed) == side


@pytest.mark.parametrize("reveal", list(Reveal))
@pytest.mark.parametrize("anonymous", [True, False])
@pytest.mark.parametrize("stage", list(Stage))
def test_who_is_named_to_whom(stage, anonymous, reveal):
    """The asker is the recipient here."""
    talks = thread(stage)
    talks.reveal = reveal
    accepted = stage not in (Stage.INTEREST, Stage.DECLINED, Stage.WITHDRAWN)
    assert rules.names_other(talks, to=RECIPIENT, anonymous=anonymous) is (accepted or not anonymous)
    assert rules.names_other(talks, to=PROVIDER, anonymous=anonymous) is (accepted or reveal is Reveal.NOW)


@pytest.mark.parametrize(("begins", "days", "expected"), table("begins on"))
def test_working_days(begins, days, expected):
    start = date.fromisoformat(begins[:10])
    assert f"{start:%A}" in begins
    assert due.after(start, int(days)) == date.fromisoformat(expected)


@pytest.mark.parametrize(("due_on", "days"), table("due on"))
def test_the_days_of_reminders(due_on, days):
    expected = {date.fromisoformat(day) for day in days.split(", ")}
    last = date.fromisoformat(due_on)
    around = [last + timedelta(days=offset) for offset in range(-20, 30)]
    assert {day for day in around if due.reminds(last, day)} == expected
    assert {day for day in around if last in due.reminding_days(day)} == expected


@pytest.mark.parametrize(("stage", "ago", "handed", "expected"), table("stage | last step"))
def test_what_has_stalled(stage, ago, handed, expected):
    days = int(ago.partition(" ")[0])
    found = due.stalled(Stage(stage), moved_at=AT - timedelta(days=days), ended=handed == "yes", at=AT, days=due.Days())
    assert found is (expected == "yes")


@pytest.mark.parametrize(
    ("stage", "valid_until", "expected"),
    [
        (Stage.INTEREST, None, date(2020, 9, 23)),
        (Stage.TALKING, None, date(2020, 9, 25)),
        (Stage.COUNTERED, datetime(2020, 9, 20, 17, tzinfo=UTC), date(2020, 9, 21)),
        (Stage.COUNTERED, datetime(2020, 10, 20, 17, tzinfo=UTC), date(2020, 9, 25)),
    ],
)
def test_a_move_is_expected_before_the_round_runs_out_where_the_fair_is(stage, valid_until, expected):
    assert due.expected(stage, date(2020, 9, 18), due.Days(), valid_until=valid_until, time_zone="Asia/Shanghai") == expected


def test_the_facts_name_the_day_of_agreement_where_the_fair_is():
    agreed = made(status=RoundStatus.AGREED, note="CANARY-NOTE", royalty_bp=250)
    agreed.answered_at = datetime(2020, 9, 18, 17, 30, tzinfo=UTC)
    provider = SimpleNamespace(id=PROVIDER, name="Northgate", country="DE")
    recipient = SimpleNamespace(id=RECIPIENT, name="Hengyuan", country="CN")
    facts = rules.handover_facts(agreed, provider=provider, recipient=recipient, titles=("Heat pump", None), time_zone="Asia/Shanghai")
    assert facts == {
        "title_en": "Heat pump", "title_zh": None, "kind": "licence", "total_minor": 100, "technology_minor": None,
        "currency": "CNY", "exclusivity": None, "royalty_bp": 250, "agreed_on": "2020-09-19",
        "parties": [
            {"role": "provider", "name": "Northgate", "country": "DE", "organization_id": str(PROVIDER)},
            {"role": "recipient", "name": "Hengyuan", "country": "CN", "organization_id": str(RECIPIENT)},
        ],
    }  # fmt: skip
