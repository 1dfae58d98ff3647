"""Rows of rights: as text, as rows of a form, as JSON, and what is refused where."""

import pytest
from marshmallow import ValidationError

from marketplace.core.i18n import speaking
from marketplace.core.problems import messages_to_errors
from marketplace.listings import ip_rights
from marketplace.listings.drafting_schemas import AchievementIn

pytestmark = pytest.mark.one_database
EMPTY = dict.fromkeys(ip_rights.COLUMNS)
ROWS = [
    EMPTY | {"kind": "patent", "office": "CN", "number": "ZL201710117081.7", "filed_on": "2017-03-01", "granted_on": "2019-05-07", "owner": "Northgate University, Dept. of owner studies"},
    EMPTY | {"kind": "software_copyright", "number": "2020SR0123456"},
    EMPTY | {"kind": "trade_mark", "office": "EM", "expires_on": "2031-01-31"},
    EMPTY | {"kind": "know_how", "owner": "北京大学"},
]
TEXT = (
    "patent CN ZL201710117081.7 filed 2017-03-01 granted 2019-05-07 owner Northgate University, Dept. of owner studies; "
    "software_copyright 2020SR0123456; trade_mark EM expires 2031-01-31; know_how owner 北京大学"
)


def loaded(value, *, form):
    schema = AchievementIn()
    schema.context_is_form = form
    return schema.load({"title_en": "A", "ip_rights": value})["ip_rights"]


def test_rows_are_written_as_text_and_read_back(app):
    assert ip_rights.to_text(ROWS) == TEXT
    assert loaded(TEXT, form=True) == loaded(ROWS, form=False) == ROWS


def test_the_office_is_taken_from_the_number_and_may_be_written_small(app):
    rows = [{"kind": "patent", "office": "", "number": "US20130101709A1"}, {"kind": "", "office": "", "owner": ""}, {"kind": "patent", "office": "jp", "number": "2017-123456"}]
    assert [(row["office"], row["number"]) for row in loaded(rows, form=True)] == [("US", "US20130101709A1"), ("JP", "JP2017-123456")]


@pytest.mark.parametrize(
    ("value", "pointer", "code"),
    [
        ([{"kind": "patent", "number": "CN201710117081.8"}], "/ip_rights/0/number", "number_check"),
        ([ROWS[1], {"kind": "charm"}], "/ip_rights/1/kind", "code_unknown"),
        ([{"kind": "patent", "office": "ZZ"}], "/ip_rights/0/office", "code_unknown"),
        ([{"kind": "know_how", "number": "1"}], "/ip_rights/0/number", "right_unregistered"),
        ([{"kind": "patent", "granted_on": "2019-01-01", "filed_on": "2019-01-02"}], "/ip_rights/0/granted_on", "right_days"),
        ([{"kind": "patent", "filed_on": "2019-01-01", "expires_on": "2018-01-01"}], "/ip_rights/0/expires_on", "right_days"),
        ([{"kind": "patent", "filed_on": "01.02.2019"}], "/ip_rights/0/filed_on", "day"),
        ([{"kind": "patent", "owner": "A; B"}], "/ip_rights/0/owner", "right_owner"),
        ([ROWS[1], ROWS[1]], "/ip_rights/1/number", "right_twice"),
        ([ROWS[2]] * 31, "/ip_rights", "list_length"),
        ("patent", "/ip_rights", "list"),
        ([7], "/ip_rights/0", "object"),
    ],
)
def test_what_is_wrong_is_named_by_row_and_field(app, value, pointer, code):
    with pytest.raises(ValidationError) as refused:
        loaded(value, form=False)
    assert [(error.pointer, error.code) for error in messages_to_errors(refused.value.messages)] == [(pointer, code)]


@pytest.mark.parametrize("text", ["patent CN ZL201710117081.7 filed", "patent filed soon", "patent US filed 2017-01-01 never 2018", "x" * (ip_rights.LONGEST_TEXT + 1)])
def test_a_text_that_is_no_row_is_refused(app, text):
    with pytest.raises(ValidationError):
        loaded(text, form=True)


def test_a_reader_gets_each_right_in_a_line_of_their_language(app):
    assert ip_rights.lines(ROWS[:1]) == [("Patent, China (CNIPA)", "ZL201710117081.7", ", filed 2017-03-01, granted 2019-05-07, owner Northgate University, Dept. of owner studies")]
    with speaking("zh"):
        assert ip_rights.lines(ROWS[3:])[0][0] == "技术秘密"
    assert [ip_rights.is_checked(row) for row in ROWS] == [True, False, False, False]
