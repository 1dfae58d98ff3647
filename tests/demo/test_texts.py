"""The sample texts: distinct, complete, equal in both languages, and made of known codes."""

import random
import re
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from marketplace.demo.catalogue import achievement_content, need_content
from marketplace.demo.composing import Claim, Composition, with_article
from marketplace.demo.listings import Achievement, Need, achievements, needs
from marketplace.demo.organizations import organizations
from marketplace.demo.vocabulary import Word, patterns, topics
from marketplace.listings.drafting_schemas import AchievementIn
from marketplace.taxonomy.ipc import field_of_ipc
from marketplace.taxonomy.vocabularies import (
    COUNTRIES,
    DEAL_KINDS,
    IP_STATUS,
    PARTNER_KINDS,
    PRICE_MODES,
    STAGES,
    WIPO_FIELDS,
)

MEMBERS = organizations(2020)
BANDS: dict[str, set[int | None]] = {
    "concept": {1, 2, 3, None},
    "under_development": {3, 4, 5, None},
    "lab_tested": {4},
    "demo_available": {6, 7, 8, None},
    "on_market": {9},
}
LIMITS = {"title": 200, "summary": 500, "description": 4000, "advantages": 2000, "requirement": 2000}


@pytest.fixture(scope="module")
def offered() -> list[Achievement]:
    return list(achievements(7000, 2020, MEMBERS))


@pytest.fixture(scope="module")
def wanted() -> list[Need]:
    return list(needs(600, 2020, MEMBERS, opens_on=date(2020, 9, 17)))


def numbers(text: str) -> Counter[str]:
    return Counter(re.findall(r"\d+(?:\.\d+)?", text.replace(",", "")))


def text_of(item: Achievement | Need, name: str) -> tuple[str, str]:
    return getattr(item, f"{name}_en"), getattr(item, f"{name}_zh")


def test_titles_are_distinct_in_each_language(offered: list[Achievement], wanted: list[Need]) -> None:
    for items in (offered, wanted):
        assert len({item.title_en for item in items}) == len({item.title_zh for item in items}) == len(items)


def test_all_fields_are_covered(offered: list[Achievement], wanted: list[Need]) -> None:
    for items in (offered, wanted):
        assert {item.technology_codes[0] for item in items} == set(WIPO_FIELDS)


@pytest.mark.parametrize("name", ["title", "summary", "description", "advantages"])
def test_texts_of_achievements_are_whole_in_both_languages(offered: list[Achievement], name: str) -> None:
    for item in offered:
        check_halves(*text_of(item, name), limit=LIMITS[name])


@pytest.mark.parametrize("name", ["title", "summary", "description", "requirement"])
def test_texts_of_needs_are_whole_in_both_languages(wanted: list[Need], name: str) -> None:
    for item in wanted:
        check_halves(*text_of(item, name), limit=LIMITS[name])


def check_halves(en: str, zh: str, *, limit: int) -> None:
    assert 0 < len(en) <= limit and 0 < len(zh) <= limit
    assert re.search(r"[一-鿿]", zh) and not re.search(r"[一-鿿\u3000-\u303f\uff00-\uffef]", en)
    assert not re.search(r"[{}*~]|  | [.,;]|\.\.|\u3002\u3002|[\uff0c\u3001]\u3002", en + zh)
    assert not re.search(r"[一-鿿][,;:?]|[,;:?][一-鿿]", zh)
    assert en[0].isupper() or en[0].isdigit() or not en[0].isascii()
    assert numbers(en) == numbers(zh)


def test_numbers_of_title_and_summary_return_in_the_description(offered: list[Achievement]) -> None:
    for item in offered:
        named = re.findall(r"\d+(?:\.\d+)?(?:,\d+)*(?:\.\d+)? (?:Wh/kg|ms|MPa|μm|kWh)\b", item.title_en)
        assert all(claim in item.description_en for claim in named), item.title_en
    assert sum("MPa" in item.title_en for item in offered) > 50


def test_descriptions_have_60_to_200_words(offered: list[Achievement], wanted: list[Need]) -> None:
    texts = [item.description_en for item in offered] + [item.description_en for item in wanted]
    lengths = [len(text.split()) for text in texts]
    assert min(lengths) >= 60
    assert max(lengths) <= 200
    assert min(len(item.description_zh) for item in offered) >= 80


def test_descriptions_do_not_repeat(offered: list[Achievement]) -> None:
    assert len({item.description_en for item in offered}) == len({item.description_zh for item in offered}) == 7000


def test_codes_are_known_and_agree(offered: list[Achievement]) -> None:
    for item in offered:
        assert 1 <= len(set(item.technology_codes)) == len(item.technology_codes) <= 3
        assert set(item.technology_codes) <= set(WIPO_FIELDS)
        assert {field_of_ipc(code) for code in item.ipc_codes} == {item.technology_codes[0]}
        assert item.stage in STAGES and item.trl in BANDS[item.stage]
        assert item.ip_status in IP_STATUS and item.price_mode in PRICE_MODES
        assert 1 <= len(item.deal_kinds) <= 3 and set(item.deal_kinds) <= set(DEAL_KINDS)
        assert set(item.partner_kinds) <= set(PARTNER_KINDS) and set(item.target_countries) <= set(COUNTRIES)


def test_prices_are_stated_where_the_mode_says_so(offered: list[Achievement]) -> None:
    for item in offered:
        low, high = item.price_min_minor, item.price_max_minor
        if item.price_mode == "negotiable":
            assert (low, high, item.currency) == (None, None, None)
        else:
            assert low is not None and high is not None and item.currency is not None
            assert 0 < low <= high and (item.price_mode != "fixed" or low == high)
            assert item.currency in ("JPY", "KRW") or low % 100 == 0
    currencies = Counter(item.currency for item in offered if item.currency)
    assert currencies.most_common(1)[0][0] == "CNY" and {"EUR", "USD", "JPY", "GBP", "KRW"} <= set(currencies)


def test_readiness_is_unknown_for_about_one_in_twenty(offered: list[Achievement]) -> None:
    assert 0.03 <= sum(item.trl is None for item in offered) / 7000 <= 0.07
    assert {item.trl for item in offered} == {None, *range(1, 10)}


def test_about_half_of_the_achievements_are_international(offered: list[Achievement]) -> None:
    abroad = [MEMBERS[item.organization].country for item in offered if not MEMBERS[item.organization].domestic]
    assert 0.4 <= len(abroad) / 7000 <= 0.6 and len(set(abroad)) >= 30


def test_each_need_can_be_answered(offered: list[Achievement], wanted: list[Need]) -> None:
    reached: dict[tuple[str, str], list[Claim]] = {}
    for item in offered:
        for claim in item.composition.claims:
            reached.setdefault((item.technology_codes[0], claim.figure.name.en), []).append(claim)
    for need in wanted:
        condition = need.must_have[0]
        claims = reached[need.technology_codes[0], condition.parameter_en]
        sign = 1 if condition.operator == ">=" else -1
        fitting = [c for c in claims if sign * c.value >= sign * Decimal(condition.value)]
        assert len(fitting) >= 5, need.title_en
        assert need.deadline_eoi < need.deadline_solution


def test_each_field_has_words_enough() -> None:
    for field in WIPO_FIELDS:
        of_field = [topic for topic in topics() if topic.field == field]
        assert len({word.en for topic in of_field for word in topic.objects}) >= 14
        assert len({word.zh for topic in of_field for word in topic.objects}) >= 14
        assert len({pair.en for topic in of_field for pair in topic.methods}) >= 10
        assert all(figure.low > figure.usual or figure.high < figure.usual for t in of_field for figure in t.figures)
        assert all(code in WIPO_FIELDS and code != field for topic in of_field for code in topic.neighbours)


def test_both_halves_of_a_pattern_use_known_slots() -> None:
    made = Composition(topics()[0], random.Random(0))
    for slot in patterns():
        if not slot.startswith(("change", "about", "void", "summary", "need_summary")):
            assert all(made.sentence(slot))


@pytest.mark.parametrize(
    ("words", "mass", "expected"),
    [
        ("battery pack", False, "a battery pack"),
        ("ultrafast laser", False, "an ultrafast laser"),
        ("unmanned aircraft", False, "an unmanned aircraft"),
        ("MEMS gas sensor", False, "a MEMS gas sensor"),
        ("mRNA vaccine", False, "an mRNA vaccine"),
        ("X-ray analyser", False, "an X-ray analyser"),
        ("LED lamp", False, "an LED lamp"),
        ("high-entropy alloy", True, "high-entropy alloy"),
    ],
)
def test_the_article_follows_the_sound(words: str, mass: bool, expected: str) -> None:
    assert with_article(Word(words, "", mass=mass)) == expected


def test_rights_and_levels_are_what_the_form_would_take(offered: list[Achievement], wanted: list[Need]) -> None:
    contents = [achievement_content(item) for item in offered[:300]]
    for content in contents:
        given = {name: content[name] for name in ("title_en", "ip_rights", "levels", "sdg", "territory", "co_owner_consent", "export_control") if content[name] is not None}
        assert {name: AchievementIn().load(given)[name] for name in given} == given
    assert 30 <= sum(bool(content["ip_rights"]) for content in contents) <= 100
    assert {level for item in wanted for level in need_content(item)["levels"].values()} == {"after_interest", "never"}
    assert 20 <= sum(need_content(item)["anonymous"] for item in wanted) <= 40
