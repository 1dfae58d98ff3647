"""Conditions in words, and what would make them fit: the table of docs/rules/matching.md."""

import pytest

from marketplace.core.i18n import speaking
from marketplace.matching import shown
from marketplace.matching.gates import Code, Constraint, Status

MET, NOT_MET, UNKNOWN = Status.MET, Status.NOT_MET, Status.UNKNOWN
TEMPERATURE = "operating temperature"


@pytest.mark.parametrize(
    ("line", "said", "fits"),
    [
        (Constraint(Code.TRL, MET, 5, 6), "TRL 6, asked for 5", ""),
        (Constraint(Code.TRL, NOT_MET, 5, 4), "TRL 4, asked for 5", "Fits if TRL 4 is accepted"),
        (Constraint(Code.TRL, UNKNOWN, 5, None), "TRL not stated, asked for 5", "Ask for the maturity"),
        (Constraint(Code.TRL, UNKNOWN, None, 4), "TRL 4, no least level asked for", ""),
        (Constraint(Code.DEAL_KINDS, NOT_MET, ("licence",), ("transfer",)), "Technology transfer, asked for Technology licence", "Fits if the deal may be: Technology transfer"),
        (Constraint(Code.DEAL_KINDS, UNKNOWN, ("licence",), ()), "Kind of deal not stated", "Ask for the kinds of deal"),
        (Constraint(Code.PRICE, NOT_MET, 100_000_000, 120_000_000), "From 1.2 million yuan, over 1 million yuan", "Fits from a budget of 1.2 million yuan"),
        (Constraint(Code.PRICE, UNKNOWN, 100_000_000, None), "Price not stated, budget 1 million yuan", "Ask for the price"),
        (Constraint(Code.PRICE, UNKNOWN, None, 120_000_000), "From 1.2 million yuan, budget not stated", "Ask for the budget"),
        (Constraint(Code.COUNTRY, NOT_MET, ("DE", "FR"), ("CN",)), "Achievement from China, wanted from Germany, France", "Fits if China is wanted too"),
        (Constraint(Code.COUNTRY_EXCLUDED, NOT_MET, ("CN",), ("CN",)), "Achievement from China, not wanted from China", "Fits if China is not excluded"),
        (Constraint(Code.MARKET, NOT_MET, ("DE",), ("CN",)), "Need from China, offered to Germany", "Fits if it is offered to China too"),
        (Constraint(Code.MARKET, UNKNOWN, ("DE",), ()), "Country not stated", "Ask for the country"),
        (Constraint(Code.EXCLUSIVITY, MET, ("sole",), ("sole",)), "Sole licence", ""),
        (Constraint(Code.EXCLUSIVITY, NOT_MET, ("exclusive",), ("non_exclusive",)), "Non-exclusive licence, asked for: Exclusive licence", "Fits with a licence that is not exclusive"),
        (Constraint(Code.EXCLUSIVITY, NOT_MET, ("exclusive",), ("sole",)), "Sole licence, asked for: Exclusive licence", "Fits with a sole licence"),
        (Constraint(Code.EXCLUSIVITY, UNKNOWN, ("sole",), ()), "Exclusivity not stated, asked for: Sole licence", "Ask how exclusive a licence can be"),
        (Constraint(Code.LANGUAGES, MET, ("zh", "en"), ("en", "de")), "Common working languages: English", ""),
        (Constraint(Code.LANGUAGES, NOT_MET, ("zh",), ("en", "de")), "Works in English, German, asked for: Chinese", "Fits if one can work in English, German"),
        (Constraint(Code.LANGUAGES, UNKNOWN, ("zh",), ()), "Working languages not stated, asked for: Chinese", "Ask for the working languages"),
        (Constraint(Code.LANGUAGES, UNKNOWN, (), ("en",)), "Works in English, working languages of the need not stated", "Ask for the working languages"),
        (Constraint(Code.DEADLINE, MET, "2026-06-15", None), "Need open until Jun 15, 2026", ""),
        (Constraint(Code.DEADLINE, NOT_MET, "2026-06-14", None), "Need was open until Jun 14, 2026", "Fits if the deadline is moved"),
        (Constraint(Code.VALID_UNTIL, NOT_MET, "2026-06-14", None), "Achievement was offered until Jun 14, 2026", "Fits if it is offered longer"),
        (Constraint(Code.PARAMETER, MET, ">= 150 °C", "= 20..180 °C", TEMPERATURE), "operating temperature 20 … 180 °C, asked for ≥ 150 °C", ""),
        (Constraint(Code.PARAMETER, NOT_MET, ">= 150 °C", "= 140 °C", TEMPERATURE), "operating temperature 140 °C, asked for ≥ 150 °C", "Fits if operating temperature 140 °C is enough"),
        (Constraint(Code.PARAMETER, UNKNOWN, ">= 150 °C", None, TEMPERATURE), "operating temperature not stated, asked for ≥ 150 °C", "Ask whether operating temperature ≥ 150 °C is met"),
        (Constraint(Code.PARAMETER, UNKNOWN, ">= 150 °C", "= 95 %", TEMPERATURE), "operating temperature 95 % leaves open whether it is ≥ 150 °C", "Ask whether operating temperature ≥ 150 °C is met"),
    ],
)  # fmt: skip
def test_a_line_says_what_stands_against_what_and_what_would_make_it_fit(app, line, said, fits):
    with app.test_request_context(), speaking("en"):
        assert (shown.said(line), shown.would_fit(line)) == (said, fits)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (Code.COUNTRY, "技术成果来自中国，意向国家（地区）：德国、法国"),
        (Code.COUNTRY_EXCLUDED, "技术成果来自中国，排除国家（地区）：德国、法国"),
        (Code.MARKET, "技术需求来自中国，供给国家（地区）：德国、法国"),
        (Code.MARKET_EXCLUDED, "技术需求来自中国，不供给国家（地区）：德国、法国"),
    ],
)
def test_in_chinese_a_line_of_countries_is_true_whether_it_is_met_or_not(app, code, said):
    with app.test_request_context(), speaking("zh"):
        assert {shown.said(Constraint(code, status, ("DE", "FR"), ("CN",))) for status in (MET, NOT_MET)} == {said}
