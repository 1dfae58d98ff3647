"""The vocabularies are complete, unique and labelled in both languages."""

from collections import Counter

import pytest

from marketplace.taxonomy import vocabularies
from marketplace.taxonomy.vocabularies import (
    CHINA_FIELDS,
    COUNTRIES,
    DEAL_KINDS,
    DEAL_KINDS_2020,
    DECLINE_REASONS,
    EXCLUSIVITY,
    GBT_LEVELS,
    IP_STATUS,
    LOST_REASONS,
    ORGANIZATION_KINDS,
    PARTNER_KINDS,
    PRICE_MODES,
    REGIONS,
    SDG,
    SECTORS,
    STAGES,
    TRL,
    WIPO_FIELDS,
    Term,
    Vocabulary,
    china_field_of,
    deal_kind_2020,
    rows,
)

ALL = [value for value in vars(vocabularies).values() if isinstance(value, Vocabulary)]
FROM_FILES = [vocabulary for vocabulary in ALL if vocabulary.name not in ("countries", "languages")]


def numbers(last: int) -> tuple[str, ...]:
    return tuple(str(number) for number in range(1, last + 1))


def named(vocabulary: Vocabulary) -> str:
    return vocabulary.name


@pytest.mark.parametrize(
    ("vocabulary", "codes"),
    [
        (WIPO_FIELDS, numbers(35)),
        (TRL, numbers(9)),
        (GBT_LEVELS, numbers(9)),
        (SDG, numbers(17)),
        (SECTORS, ("electrical_engineering", "instruments", "chemistry", "mechanical_engineering", "other")),
        (EXCLUSIVITY, ("exclusive", "sole", "non_exclusive")),
        (IP_STATUS, ("none", "secret_know_how", "applied", "granted")),
        (STAGES, ("concept", "under_development", "lab_tested", "demo_available", "on_market")),
        (PRICE_MODES, ("fixed", "range", "negotiable", "auction", "upfront_plus_royalty")),
        (ORGANIZATION_KINDS, ("agency", "company", "institute", "organiser")),
        (DECLINE_REASONS, ("not_fit", "maturity", "price", "ip", "country", "capacity", "other")),
        (
            PARTNER_KINDS,
            ("micro", "small", "medium", "large", "institute", "university", "investor", "government", "other"),
        ),
    ],
    ids=str,
)
def test_a_vocabulary_has_exactly_these_codes_in_this_order(vocabulary: Vocabulary, codes: tuple[str, ...]) -> None:
    assert vocabulary.codes == codes


@pytest.mark.parametrize(("vocabulary", "count"), [(CHINA_FIELDS, 11), (REGIONS, 34), (COUNTRIES, 249)], ids=str)
def test_a_vocabulary_has_this_many_terms(vocabulary: Vocabulary, count: int) -> None:
    assert len(vocabulary) == count


@pytest.mark.parametrize("vocabulary", FROM_FILES, ids=named)
def test_no_code_stands_twice_in_a_file(vocabulary: Vocabulary) -> None:
    counts = Counter(row["code"] for row in rows(vocabulary.name))
    assert [code for code, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("vocabulary", ALL, ids=named)
def test_every_term_has_a_clean_label_in_both_languages(vocabulary: Vocabulary) -> None:
    assert len(vocabulary) > 0
    for code, term in vocabulary.items():
        assert term.code == code == code.strip() != ""
        assert term.en == term.en.strip() != ""
        assert term.zh == term.zh.strip() != ""
        assert any("\u4e00" <= sign <= "\u9fff" for sign in term.zh), term
        assert not any("\u4e00" <= sign <= "\u9fff" for sign in term.en), term


@pytest.mark.parametrize("vocabulary", ALL, ids=named)
@pytest.mark.parametrize("locale", ["en", "zh"])
def test_no_two_terms_read_the_same(vocabulary: Vocabulary, locale: str) -> None:
    counts = Counter(label for _, label in vocabulary.choices(locale))
    assert [label for label, count in counts.items() if count > 1] == []


@pytest.mark.parametrize(
    ("locale", "names"),
    [("en", ["Afghanistan", "Åland Islands", "Albania", "Germany"]), ("zh", ["阿富汗", "不丹", "德国", "法国", "日本", "中国"])],
)  # fmt: skip
def test_countries_are_chosen_from_in_the_order_of_the_readers_language(locale: str, names: list[str]) -> None:
    labels = [label for _, label in COUNTRIES.choices(locale)]
    assert sorted(names, key=labels.index) == names


def test_every_technology_field_lies_in_a_sector_and_every_sector_has_its_fields() -> None:
    sizes = Counter(field.group for field in WIPO_FIELDS.values())
    assert [sizes[sector] for sector in SECTORS] == [8, 5, 11, 8, 3]
    assert sizes.total() == 35


@pytest.mark.parametrize(
    ("locale", "label"), [("zh", "半导体"), ("zh_Hans_CN", "半导体"), ("zh-CN", "半导体"), ("en_GB", "Semiconductors")]
)
def test_a_chinese_locale_reads_chinese_and_any_other_english(locale: str, label: str) -> None:
    assert WIPO_FIELDS.label("8", locale) == label
    assert ("8", label) in WIPO_FIELDS.choices(locale)


def test_none_reads_unknown_and_a_foreign_code_is_refused() -> None:
    assert TRL.label(None, "en") == "unknown"
    assert TRL.label(None, "zh_CN") == "未知"
    with pytest.raises(KeyError):
        TRL.label("10", "en")
    assert "10" not in TRL
    assert None not in TRL


def test_a_vocabulary_loads_on_first_use_and_once() -> None:
    loads: list[str] = []

    def load() -> list[Term]:
        loads.append("loaded")
        return [Term("a", "A", "甲")]

    vocabulary = Vocabulary("letters", load)
    assert loads == []
    assert vocabulary.codes == ("a",)
    assert dict(vocabulary) == {"a": Term("a", "A", "甲")}
    assert loads == ["loaded"]


def test_the_eleven_china_fields_are_named_as_in_contract_registration() -> None:
    assert [label for _, label in CHINA_FIELDS.choices("zh")] == [
        "电子信息",
        "航空航天",
        "先进制造",
        "生物、医药和医疗器械",
        "新材料及其应用",
        "新能源与高效节能",
        "环境保护与资源综合利用",
        "核应用",
        "农业",
        "现代交通",
        "城市建设与社会发展",
    ]


def test_every_wipo_field_rolls_up_into_one_china_field() -> None:
    assert [row["wipo"] for row in rows("wipo_to_china")] == list(WIPO_FIELDS)
    assert {china_field_of(code) for code in WIPO_FIELDS} == set(CHINA_FIELDS) - {"aerospace", "nuclear"}
    assert all(row["reason"] for row in rows("wipo_to_china"))


@pytest.mark.parametrize(
    ("wipo", "china"),
    [
        ("6", "electronic_information"),
        ("16", "biology_medicine"),
        ("18", "agriculture"),
        ("24", "environment"),
        ("32", "modern_transport"),
        ("35", "urban_social"),
    ],
)
def test_a_wipo_field_rolls_up_into_its_china_field(wipo: str, china: str) -> None:
    assert china_field_of(wipo) == china


@pytest.mark.parametrize("code", ["0", "36", "", "06"])
def test_an_unknown_wipo_field_has_no_china_field(code: str) -> None:
    with pytest.raises(KeyError):
        china_field_of(code)


def test_the_civil_code_knows_five_technology_contracts() -> None:
    groups = {code: kind.group for code, kind in DEAL_KINDS.items()}
    assert groups == {
        "development": "technology",
        "transfer": "technology",
        "licence": "technology",
        "consulting": "technology",
        "service": "technology",
        "equity_contribution": "industrial",
        "joint_venture": "industrial",
        "industrial_cooperation": "industrial",
    }


def test_up_to_2020_a_licence_was_counted_as_a_transfer_and_the_rest_as_now() -> None:
    counted = {kind: deal_kind_2020(kind) for kind in DEAL_KINDS}
    assert counted.pop("licence") == counted.pop("transfer") == "transfer_licence"
    assert all(kind == as_counted for kind, as_counted in counted.items())


def test_the_roll_up_of_2020_is_total_and_keeps_group_and_labels() -> None:
    assert {deal_kind_2020(kind) for kind in DEAL_KINDS} == set(DEAL_KINDS_2020)
    for code, kind in DEAL_KINDS.items():
        counted = DEAL_KINDS_2020[deal_kind_2020(code)]
        assert counted.group == kind.group
        assert counted.code == "transfer_licence" or counted == kind
    with pytest.raises(KeyError):
        deal_kind_2020("letter_of_intent")


def test_a_lost_negotiation_can_always_name_a_reason() -> None:
    assert {"price", "terms", "approval", "export_control", "no_answer", "other"} <= set(LOST_REASONS)
