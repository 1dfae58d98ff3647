"""The rules of the quality gate, on the tables of docs/rules/review.md."""

from datetime import date

import pytest

from marketplace.listings.models import Kind
from marketplace.reviews.quality import findings

TODAY = date(2026, 11, 22)
GOOD = {
    "title_en": "Heat pump for process steam", "summary_en": "A university in Germany offers a heat pump that makes steam at 150 °C from waste heat and seeks a maker.",
    "description_en": "Dairies burn gas to make steam. " + "The pump lifts waste heat of 80 °C to steam of 150 °C with a coefficient of performance of 3.1. " * 4,
    "advantages_en": "Compared with gas boilers it needs 42 % less primary energy, measured by an independent test house over 1,200 hours.",
    "stage": "demo_available", "trl": 7,
}  # fmt: skip
CASES = [
    ({}, []),
    ({"summary_en": "Heat pump, process steam"}, ["too_short:summary_en", "summary_repeats:summary_en"]),
    ({"summary_en": "Heat pump for process steam"}, ["too_short:summary_en", "title_is_summary:summary_en"]),
    ({"description_en": "It lifts waste heat."}, ["too_short:description_en"]),
    ({"description_en": GOOD["summary_en"]}, ["too_short:description_en", "summary_is_description:description_en"]),
    ({"advantages_en": None}, ["advantages_missing:advantages_en"]),
    ({"advantages_en": None, "levels": {"advantages": "after_nda"}}, []),
    ({"advantages_en": "It needs far less energy than everything that is used today, and it lasts for long in every dairy."}, ["no_evidence:advantages_en"]),
    ({"advantages_zh": "与燃气锅炉相比，一次能源消耗减少四成，由独立检测机构在连续运行条件下测得并出具报告，结果可以复核。"}, []),
    ({"title_en": "The best heat pump for process steam"}, ["superlative:title_en"]),
    ({"title_en": "Heat pump, not the best but cheap in steam"}, []),
    ({"advantages_zh": "世界领先、独一无二的顶级热泵，一次能源消耗减少42%，由独立检测机构测得并出具正式的检测报告。"}, ["superlatives:advantages_zh"]),
    ({"title_en": "Heat pump for process steam!"}, ["exclamation:title_en"]),
    ({"advantages_en": GOOD["advantages_en"] + " It works! Really!"}, ["exclamation:advantages_en"]),
    ({"advantages_en": GOOD["advantages_en"] + " It works!"}, []),
    ({"title_en": "HEATING DAIRIES WITH STEAM"}, ["capitals:title_en"]),
    ({"title_en": "LIDAR and NASA and DNA of STEAM"}, []),
    ({"advantages_en": GOOD["advantages_en"] + " Special offer until May."}, ["promotion:advantages_en"]),
    ({"advantages_zh": "一次能源消耗减少42%，由独立检测机构测得。现在购买享受限时优惠，欢迎来电咨询，机会难得不容错过。"}, ["promotion:advantages_zh"]),
    ({"title_en": "用于工业蒸汽的热泵"}, ["chinese_in_english:title_en"]),
    ({"title_zh": "Heat pump for steam"}, ["english_in_chinese:title_zh"]),
    ({"title_zh": "LED"}, []),
    ({"summary_en": GOOD["summary_en"] + " 它用工业余热产生蒸汽，节约能源。"}, ["mixed_languages:summary_en"]),
    ({"stage": "concept"}, ["stage_level:stage"]),
    ({"stage": "on_market", "trl": 9}, []),
    ({"valid_until": date(2026, 11, 21)}, ["deadline_past:valid_until"]),
    ({"valid_until": TODAY}, []),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "expected"), CASES)
def test_a_text_is_judged(changes, expected):
    found = findings(Kind.ACHIEVEMENT, GOOD | changes, today=TODAY)
    assert [f"{each.code}:{each.field}" for each in found] == expected


def test_a_need_says_what_must_be_met_in_words_or_as_parameters():
    need = {name: GOOD[name] for name in ("title_en", "summary_en", "description_en")}
    parameters = [{"name": "temperature", "operator": "≥", "value": "150", "upper": None, "unit": "°C"}]
    for more, expected in (({}, ["requirement_missing"]), ({"parameters": parameters}, []), ({"levels": {"requirement": "after_interest"}}, [])):
        assert [each.code for each in findings(Kind.NEED, need | more, today=TODAY)] == expected


def test_a_finding_marks_the_words_it_is_about():
    (found,) = findings(Kind.ACHIEVEMENT, GOOD | {"title_en": "İ is the Best pump of all for process steam"}, today=TODAY)
    assert (found.text, found.around[0].endswith("the "), found.severity.value) == ("Best", True, "minor")
