"""The sample plan: the same for one seed, complete in both languages, and adding up to the published figures."""

import os
import re
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from marketplace.demo.contracts import (
    FIRST_ORDER_MINOR,
    HIGH_TECH_MINOR,
    TOTAL_MINOR,
    contracts_2020,
    split,
)
from marketplace.demo.deals import Contract
from marketplace.demo.listings import achievements
from marketplace.demo.organizations import organizations
from marketplace.demo.plan import Edition, Plan, generate
from marketplace.taxonomy.vocabularies import DEAL_KINDS

TODAY = date(2026, 3, 9)
_DIGEST = (
    "import hashlib; from datetime import date; from marketplace.demo.plan import generate;"
    "plan = generate(7, date(2026, 3, 9)); e = plan.fair_2020;"
    "rows = [plan.organizations, [(a.title_en, a.description_zh, a.price_min_minor, a.target_countries)"
    " for a in e.achievements], [(n.title_zh, n.must_have, n.deadline_eoi) for n in e.needs], e.contracts];"
    "print(hashlib.sha256(repr(rows).encode()).hexdigest())"
)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return generate(2020, TODAY)


def verified(edition: Edition) -> list[Contract]:
    return [item for item in edition.contracts if item.status == "verified" and item.contract_class == "contract"]


def test_one_seed_gives_one_plan_whatever_the_hash_seed() -> None:
    root = Path(__file__).parents[2]
    digests = [
        subprocess.run(
            [sys.executable, "-c", _DIGEST],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            cwd=root,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for hash_seed in ("1", "2")
    ]
    assert digests[0] == digests[1] != ""


def test_another_seed_gives_other_texts() -> None:
    members = organizations(1)
    one, two = (next(achievements(1, seed, members)) for seed in (1, 2))
    assert one.description_en != two.description_en


def test_the_day_of_generation_moves_the_open_edition_only(plan: Plan) -> None:
    later = generate(2020, date(2027, 1, 1))
    assert later.fair_2020.contracts == plan.fair_2020.contracts
    assert later.today.opens_on == date(2026, 12, 31)


def test_the_organizations_are_distinct_and_half_of_them_are_abroad(plan: Plan) -> None:
    members = plan.organizations
    assert Counter(item.kind for item in members) == {"agency": 300, "company": 150, "institute": 60}
    for attribute in ("slug", "name_en", "name_zh"):
        assert len({getattr(item, attribute) for item in members}) == len(members)
    agencies = [item for item in members if item.kind == "agency"]
    assert sum(item.domestic for item in agencies) == 150
    assert len({item.country for item in agencies}) >= 30
    assert all((item.region is not None) == item.domestic for item in members)
    assert all(re.search(r"[一-鿿]", item.name_zh) and item.name_en.isascii() for item in members)


def test_the_expo_scope_adds_up_to_the_published_figures(plan: Plan) -> None:
    expo = [item for item in verified(plan.fair_2020) if item.place == "expo"]
    assert len(expo) == 42 and verified(plan.fair_2020) == expo
    assert sum(item.total_amount_minor or 0 for item in expo) == 1_784_800_000_000 == TOTAL_MINOR
    high_tech = [item for item in expo if item.high_tech]
    assert len(high_tech) == 35
    assert sum(item.total_amount_minor or 0 for item in high_tech) == 1_751_865_000_000 == HIGH_TECH_MINOR
    assert {item.currency for item in expo} == {"CNY"}
    assert all(1_200_000_000 <= (item.total_amount_minor or 0) <= 190_000_000_000 for item in expo)
    assert all(date(2020, 9, 17) <= item.signed_on <= date(2020, 9, 20) for item in expo)


def test_the_technology_amount_is_given_for_38_and_never_above_the_total(plan: Plan) -> None:
    given = [item for item in verified(plan.fair_2020) if item.technology_amount_minor is not None]
    assert len(given) == 38
    assert all(0 < (item.technology_amount_minor or 0) <= (item.total_amount_minor or 0) for item in given)


def test_the_first_order_is_antibacterial_steel_for_120_million_yuan(plan: Plan) -> None:
    first = plan.fair_2020.contracts[0]
    assert first.total_amount_minor == FIRST_ORDER_MINOR == 120_000_000 * 100
    assert "antibacterial stainless steel" in first.title_en and "抗菌不锈钢" in first.title_zh
    assert "抗菌不锈钢" in plan.fair_2020.achievements[first.achievement].description_zh


@pytest.mark.parametrize("group", ["kind", "china_field", "signed_on"])
def test_every_group_shown_holds_three_deals_or_more(plan: Plan, group: str) -> None:
    assert min(Counter(getattr(item, group) for item in verified(plan.fair_2020)).values()) >= 3


@pytest.mark.parametrize("role", ["provider", "recipient"])
def test_every_country_of_a_party_holds_three_deals_or_more(plan: Plan, role: str) -> None:
    countries = Counter(
        plan.organizations[party.organization].country
        for item in verified(plan.fair_2020)
        for party in item.parties
        if party.role == role
    )
    assert len(countries) >= 4 and min(countries.values()) >= 3


def test_every_line_of_the_page_has_contracts(plan: Plan) -> None:
    lines = Counter((item.contract_class, item.status) for item in plan.fair_2020.contracts)
    assert lines["contract", "declared"] == 7 and lines["contract", "signed"] == 5 and lines["contract", "void"] == 2
    assert sum(count for (kind, _), count in lines.items() if kind == "framework") == 9
    assert sum(count for (kind, _), count in lines.items() if kind == "intent") == 12
    frameworks = [item for item in plan.fair_2020.contracts if item.contract_class == "framework"]
    assert {item.total_amount_minor for item in frameworks} == {None}
    assert all((item.void_reason is not None) == (item.status == "void") for item in plan.fair_2020.contracts)
    assert {item.currency for item in plan.fair_2020.contracts if item.status != "declared"} == {"CNY"}


def test_contracts_refer_to_listings_of_their_parties(plan: Plan) -> None:
    for edition in (plan.fair_2020, plan.today):
        subjects = [item.achievement for item in edition.all_contracts]
        assert len(subjects) == len(set(subjects))
        assert len({item.title_en for item in edition.all_contracts}) == len(edition.all_contracts)
        answered = [item.need for item in edition.all_contracts if item.need is not None]
        assert len(answered) == len(set(answered))
        for item in edition.all_contracts:
            parties = {party.role: party.organization for party in item.parties}
            assert edition.achievements[item.achievement].organization == parties["provider"]
            assert len(set(parties.values())) == len(item.parties)
            assert item.kind in DEAL_KINDS
            if item.need is not None:
                assert edition.needs[item.need].organization == parties["recipient"]
    assert any(item.need is not None for item in plan.fair_2020.contracts)


def test_the_open_edition_is_small_and_under_way(plan: Plan) -> None:
    edition = plan.today
    assert edition.opens_on < TODAY < edition.closes_on
    assert len(edition.achievements) == 42 and len(edition.needs) == 12
    assert [item.status for item in edition.contracts[:3]] == ["verified", "declared", "signed"]
    assert [item.number for item in edition.all_contracts] == [f"TODAY-{number:03d}" for number in range(1, 28)]
    assert {item.signed_on for item in edition.contracts_today} == {TODAY}
    assert all(item.signed_on <= edition.opens_on for item in edition.contracts)
    for talks in edition.negotiations:
        assert talks.owner == edition.achievements[talks.achievement].organization != talks.interested
        assert [step.by for step in talks.rounds] == ["interested", "owner", "interested"][: len(talks.rounds)]
        assert "{" not in talks.question_en + talks.question_zh
    assert [(len(talks.rounds), talks.handed_over) for talks in edition.negotiations] == [(3, False), (2, False), (1, True)]


def test_the_queue_of_the_open_edition_repeats_no_listing_and_the_newcomer_no_name(plan: Plan) -> None:
    edition = plan.today
    queue = edition.queue
    assert queue is not None and (len(queue.achievements), len(queue.needs)) == (2, 2)
    listings = [*edition.achievements, *edition.needs, *queue.achievements, *queue.needs, queue.returned]
    for name in ("external_id", "title_en", "title_zh"):
        assert len({getattr(item, name) for item in listings}) == len(listings)
    assert queue.returned.organization == edition.negotiations[0].owner in queue.owners
    assert not {plan.newcomer.slug, plan.newcomer.name_en} & {name for item in plan.organizations for name in (item.slug, item.name_en)}


def test_the_programmes_have_sessions_in_their_days_and_bookings_only_after_the_day_of_loading(plan: Plan) -> None:
    closed, opened = plan.fair_2020.programme, plan.today.programme
    for edition in (plan.fair_2020, plan.today):
        assert all(edition.opens_on <= session.day <= edition.closes_on for session in edition.programme.sessions)
    assert {session.day for session in closed.sessions} == {date(2020, 9, day) for day in (17, 18, 19, 20)}
    assert Counter(place.kind for place in closed.places) == {"hall": 3, "table": 10, "online": 1}
    assert Counter(place.kind for place in opened.places) == {"hall": 2, "table": 4, "online": 1}
    assert not closed.pitches and not closed.meetings and not any(session.slots for session in closed.sessions)
    assert [session.price_minor for session in opened.sessions] == [200_000, None, 200_000]
    assert all(opened.sessions[pitch.session].day > TODAY and not opened.sessions[pitch.session].price_minor for pitch in opened.pitches)
    assert all(meeting.day > TODAY and opened.places[meeting.place].kind == "table" for meeting in opened.meetings)


@pytest.mark.parametrize("seed", range(3))
def test_the_total_is_exact_for_any_seed(seed: int) -> None:
    members = organizations(seed)
    gathered = list(achievements(7000, seed, members, first_on="antibacterial stainless steel"))
    agreed = contracts_2020(seed, members, gathered, needs=())
    assert sum(item.total_amount_minor or 0 for item in agreed[:42]) == TOTAL_MINOR


@pytest.mark.parametrize(
    ("total", "weights", "least", "most"),
    [(10, [1, 1, 1], 2, 5), (100, [1, 50, 3, 9], 12, 40), (36, [9, 1, 1], 12, 12), (7, [0.1], 7, 7)],
)
def test_parts_keep_their_bounds_and_the_sum(total: int, weights: list[float], least: int, most: int) -> None:
    parts = split(total, weights, least=least, most=most)
    assert sum(parts) == total and all(least <= part <= most for part in parts)


def test_a_total_outside_the_bounds_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        split(5, [1, 1], least=3, most=9)
