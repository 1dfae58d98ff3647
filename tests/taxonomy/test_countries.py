"""Countries, regions, languages and currencies carry official codes and names in both languages."""

import pycountry
import pytest

from marketplace.taxonomy.vocabularies import COUNTRIES, LANGUAGES, REGIONS, Term, currency_name, normalise_country


@pytest.mark.parametrize(
    ("code", "en", "zh"),
    [
        ("11", "Beijing", "北京市"),
        ("14", "Shanxi", "山西省"),
        ("61", "Shaanxi", "陕西省"),
        ("65", "Xinjiang", "新疆维吾尔自治区"),
        ("71", "Taiwan", "台湾省"),
        ("82", "Macao", "澳门特别行政区"),
    ],
)
def test_a_region_has_its_official_code(code: str, en: str, zh: str) -> None:
    assert REGIONS[code] == Term(code, en, zh)


@pytest.mark.parametrize(("code", "en", "zh"), [("CN", "China", "中国"), ("GB", "United Kingdom", "英国")])
def test_a_country_is_named_in_both_languages(code: str, en: str, zh: str) -> None:
    assert COUNTRIES[code] == Term(code, en, zh)


def test_countries_follow_their_english_names_whatever_their_accents() -> None:
    assert COUNTRIES.codes[:3] == ("AF", "AX", "AL")
    assert COUNTRIES.codes[-1] == "ZW"


def test_only_an_import_knows_other_codes_of_a_country() -> None:
    assert not {"UK", "EL", "gb", "GBR"} & set(COUNTRIES)


@pytest.mark.parametrize(
    ("text", "code"),
    [("UK", "GB"), ("EL", "GR"), (" el ", "GR"), ("de", "DE"), ("GB", "GB"), ("CHN", "CN"), ("usa", "US")],
)
def test_an_imported_country_becomes_its_iso_code(text: str, code: str) -> None:
    assert normalise_country(text) == code


@pytest.mark.parametrize("text", ["", " ", "EU", "WO", "EP", "XX", "156", "China", "ＸＸ"])
def test_an_import_refuses_what_is_no_country(text: str) -> None:
    with pytest.raises(ValueError, match="not a country code"):
        normalise_country(text)


def test_languages_include_those_of_the_united_nations_by_text_code() -> None:
    assert {"ar", "zh", "en", "fr", "ru", "es"} <= set(LANGUAGES)
    assert all(len(code) == 2 for code in LANGUAGES)
    assert LANGUAGES["zh"] == Term("zh", "Chinese", "中文")


@pytest.mark.parametrize(
    ("code", "locale", "name"),
    [
        ("CNY", "zh", "人民币"),
        ("CNY", "en", "Chinese Yuan"),
        ("EUR", "zh_Hans_CN", "欧元"),
        ("JPY", "fr", "Japanese Yen"),
        ("XCG", "en", "Caribbean guilder"),
        ("XCG", "zh", "加勒比盾"),
    ],
)
def test_a_currency_is_named_in_chinese_or_english(code: str, locale: str, name: str) -> None:
    assert currency_name(code, locale) == name


def test_every_currency_of_iso_4217_has_a_name_in_both_languages() -> None:
    codes = [currency.alpha_3 for currency in pycountry.currencies]
    assert len(codes) > 150
    assert all(currency_name(code, locale) not in ("", code) for code in codes for locale in ("en", "zh"))


@pytest.mark.parametrize("code", ["XQQ", "", "cny"])
def test_an_unknown_currency_has_no_name(code: str) -> None:
    with pytest.raises(KeyError):
        currency_name(code, "en")
