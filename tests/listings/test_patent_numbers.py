"""Numbers of rights: as their offices write them, China's with its check digit, all others in plain form."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError

from marketplace.core.problems import messages_to_errors
from marketplace.listings.checks import patent_numbers

pytestmark = pytest.mark.one_database


@pytest.mark.parametrize(
    ("kind", "office", "written", "text", "told"),
    [
        ("patent", "CN", "201710117081.7", "CN201710117081.7", "CN"),
        ("patent", None, "ZL 2017 1 0117081.7", "ZL201710117081.7", "CN"),
        ("patent", None, "cnzl2017101170817", "ZL201710117081.7", "CN"),
        ("patent", None, "CN106844774A", "CN106844774A", "CN"),
        ("utility_model", "CN", "CN206844774U", "CN206844774U", "CN"),
        ("patent", None, "CN 97 1 00001.0", "CN97100001.0", "CN"),
        ("patent", None, "PCT/CN2017/075812", "PCT/CN2017/075812", "WO"),
        ("patent", "WO", "WO 2018/157342 A1", "WO2018/157342A1", "WO"),
        ("patent", None, "US20130101709A1", "US20130101709A1", "US"),
        ("patent", "US", "9,123,456", "US9123456", "US"),
        ("patent", "US", "15/447,123", "US15/447123", "US"),
        ("design", "US", "D 812,345 S1", "USD812345S1", "US"),
        ("patent", None, "EP3012345B1", "EP3012345B1", "EP"),
        ("patent", "EP", "17708123.4", "EP17708123.4", "EP"),
        ("patent", "DE", "10 2017 001 234.5", "DE102017001234.5", "DE"),
        ("patent", None, "JP2017-123456A", "JP2017-123456A", "JP"),
        ("patent", "KR", "10-2017-0012345", "KR10-2017-0012345", "KR"),
    ],
)  # fmt: skip
def test_a_number_is_read_as_its_office_writes_it(app, kind, office, written, text, told):
    assert patent_numbers.read(kind, office, written) == patent_numbers.Number(text, told, is_checked=True)


@pytest.mark.parametrize(
    ("kind", "office", "written", "text", "told"),
    [
        ("patent", "GB", "GB 2345678", "GB2345678", "GB"),
        ("patent", None, "BR112019001234", "BR112019001234", "BR"),
        ("patent", None, "12345", "12345", None),
        ("software_copyright", "CN", "2020SR0123456", "2020SR0123456", "CN"),
        ("trade_mark", None, "第12345号", "第12345号", None),
    ],
)
def test_what_nobody_checked_is_said_to_be_unchecked(app, kind, office, written, text, told):
    assert patent_numbers.read(kind, office, written) == patent_numbers.Number(text, told, is_checked=False)


@pytest.mark.parametrize(
    ("kind", "office", "written", "code"),
    [
        ("patent", "CN", "201710117081.8", "number_check"),
        ("patent", "CN", "201710117081.X", "number_check"),
        ("patent", "CN", "201710117081", "number_check"),
        ("patent", "CN", "201740117081.7", "number_form"),
        ("design", "CN", "201710117081.7", "number_kind"),
        ("patent", None, "CN106844774U", "number_form"),
        ("patent", None, "CN206844774U", "number_kind"),
        ("patent", "WO", "PCT/ZZ2017/075812", "number_form"),
        ("patent", "US", "US12", "number_form"),
        ("patent", "EP", "EP12", "number_form"),
        ("utility_model", "KR", "10-2017-0012345", "number_kind"),
        ("patent", "US", "CN106844774A", "number_office"),
        ("patent", "GB", "soon", "number_form"),
        ("know_how", None, "<b>1</b>", "number_form"),
        ("patent", None, "1" * 41, "text_too_long"),
    ],
)
def test_what_cannot_be_a_number_is_refused(app, kind, office, written, code):
    with pytest.raises(ValidationError) as refused:
        patent_numbers.read(kind, office, written)
    assert [error.code for error in messages_to_errors({"number": refused.value.messages})] == [code]


@settings(max_examples=25)
@given(st.integers(1985, 2035), st.sampled_from("12389"), st.integers(0, 9_999_999), st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_of_a_chinese_application_is_found(year, kind, serial, place, by):
    digits = f"{year}{kind}{serial:07d}"
    other = digits[:place] + str((int(digits[place]) + by) % 10) + digits[place + 1 :]
    assert patent_numbers.check_digit(digits) != patent_numbers.check_digit(other)
