"""Measurable parameters: as text, as rows of a form, as JSON; what is refused; and that files give back what they took."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from marketplace.core.api import strict_loads
from marketplace.core.db import db, transaction
from marketplace.core.i18n import speaking
from marketplace.core.problems import messages_to_errors
from marketplace.imports import exporting, translating
from marketplace.imports.importing import Import
from marketplace.listings import drafting, parameters, queries, rules
from marketplace.listings.drafting_schemas import INPUTS
from marketplace.listings.models import Kind, ListingVersion
from marketplace.listings.parameters import ParameterIn
from marketplace.reviews import deciding
from tests.factories import form_token, sign_in
from tests.listings.factories_listings import draft, make_market, submit

ROWS = [
    {"name": "operating temperature / 工作温度", "operator": ">=", "value": "150", "upper": None, "unit": "°C"},
    {"name": "efficiency", "operator": "between", "value": "88", "upper": "92.5", "unit": "%"},
    {"name": "stages", "operator": "<=", "value": "3", "upper": None, "unit": None},
]
TEXT = "operating temperature / 工作温度 >= 150 °C; efficiency = 88..92.5 %; stages <= 3"


def loaded(value, kind=Kind.NEED, *, form):
    schema = INPUTS[kind]()
    schema.context_is_form = form
    return schema.load({"title_en": "A", "parameters": value})["parameters"]


def post(client, path, **fields):
    return client.post(path, data=form_token(client, path) | fields)


def codes(value, *, form=False):
    with pytest.raises(ValidationError) as refused:
        loaded(value, form=form)
    return [(error.pointer, error.code) for error in messages_to_errors(refused.value.messages)]


def test_rows_are_written_as_text_and_read_back(app):
    assert parameters.to_text(ROWS) == TEXT
    assert loaded(TEXT, form=True) == loaded(ROWS, form=False) == ROWS


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters=";；<>=≥≤＝"), min_size=1, max_size=40).filter(
    lambda name: any(character.isalpha() for character in name)
)
NUMBERS = st.decimals(-10**9, 10**9, places=3).map(lambda number: f"{number:f}")


@given(st.lists(st.tuples(NAMES, st.sampled_from([*parameters.OPERATORS]), NUMBERS, NUMBERS, st.sampled_from([None, "°C", "W/(m·K)", "1/min", "小时"])), max_size=5))
def test_whatever_rows_are_accepted_come_back_from_their_text(app, drawn):
    rows = []
    for name, operator, one, other, unit in drawn:
        low, high = sorted((one, other), key=float)
        upper = high if operator == "between" else None
        rows.append(ParameterIn().load({"name": name, "operator": operator, "value": low, "upper": upper, "unit": unit}))
    assert loaded(parameters.to_text(rows), form=True) == rows


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("Temperatur ≥ 1.5e3 K", ("Temperatur", ">=", "1500", None, "K")),
        ("工作温度＝−20…180℃", ("工作温度", "between", "-20", "180", "℃")),
        ("power=+5kW", ("power", "=", "5", None, "kW")),
        ("heat–flow = 0.00 1/min\n", ("heat–flow", "=", "0", None, "1/min")),
    ],
)
def test_other_spellings_of_a_row(app, text, row):
    assert [tuple(found.values()) for found in loaded(text, form=True)] == [row]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"name": ""}, ("/parameters/0/name", "text_empty")),
        ({"name": "12"}, ("/parameters/0/name", "parameter_name")),
        ({"name": "a;b"}, ("/parameters/0/name", "parameter_name")),
        ({"name": "x" * 81}, ("/parameters/0/name", "text_too_long")),
        ({"operator": "~"}, ("/parameters/0/operator", "code_unknown")),
        ({"value": 150}, ("/parameters/0/value", "text")),
        ({"value": "1,000"}, ("/parameters/0/value", "number")),
        ({"value": "1e99"}, ("/parameters/0/value", "number_long")),
        ({"value": None}, ("/parameters/0/value", "null")),
        ({"unit": "smoot"}, ("/parameters/0/unit", "unit_unknown")),
        ({"upper": "9"}, ("/parameters/0/upper", "parameter_range")),
        ({"operator": "between"}, ("/parameters/0/upper", "parameter_range")),
        ({"operator": "between", "upper": "1"}, ("/parameters/0/upper", "parameter_order")),
        ({"colour": "red"}, ("/parameters/0/colour", "unknown")),
    ],
)
def test_a_bad_row_is_named_with_what_is_wrong(app, change, error):
    assert codes([ROWS[0] | change]) == [error]


def test_a_list_that_is_none_is_refused(app):
    assert codes("x >= 1") == [("/parameters", "list")]
    assert codes([{}]) == [("/parameters/0/name", "required"), ("/parameters/0/value", "required")]
    assert codes([3]) == [("/parameters/0", "object")]
    assert codes([ROWS[0]] * 21) == [("/parameters", "list_length")]
    assert codes("nothing to compare", form=True) == [("/parameters", "parameter_form")]
    assert codes("x >= 1..2 m", form=True) == [("/parameters", "parameter_form")]


def test_a_form_takes_the_lines_that_are_filled_and_shows_a_wrong_one_in_its_place(client):
    market = make_market()
    sign_in(client, market.owner, market.agency)
    fields = {"title_en": "Steam", "description_en": "Steam.", "unit": "one", "languages": ["en", "zh"]}
    lines = {"parameters-0-operator": ">=", "parameters-2-name": "pressure", "parameters-2-operator": ">=", "parameters-2-value": "2", "parameters-2-unit": "bar"}
    refused = post(client, "/listings/new?kind=need", **fields | lines | {"parameters-2-unit": "barr"})
    assert refused.status_code == 422
    assert 'data-code="unit_unknown"' in refused.text and 'value="barr"' in refused.text
    saved = post(client, "/listings/new?kind=need", **fields | lines)
    assert saved.status_code == 303
    page = client.get(saved.location).text
    assert "pressure" in page and "≥ 2 bar" in page and "English, Chinese" in page
    edit = client.get(saved.location + "/edit").text
    assert 'name="parameters-0-name" value="pressure"' in edit and 'name="parameters-3-name" value=""' in edit
    assert post(client, saved.location + "/edit", **fields | {"version": "1"}).status_code == 303
    version = db.session.query(ListingVersion).one()
    assert (version.parameters, version.languages) == ([], ["en", "zh"])


def test_the_moderator_reads_what_changed(client):
    market = make_market()
    with transaction():
        listing = draft(market, parameters=ROWS[:1], languages=["en"])
        entry = submit(market, listing)
        deciding.publish(entry.id, by=market.judge)
    with transaction():
        drafting.edit(listing.id, {"parameters": ROWS[1:2], "languages": ["en", "de"]}, by=market.by)
        submit(market, listing)
    sign_in(client, market.moderator)
    page = client.get(f"/staff/moderation/{entry.id}").text
    assert "operating temperature / 工作温度 &gt;= 150 °C" in page and "efficiency = 88..92.5 %" in page and "English, German" in page


@pytest.mark.parametrize("kind", list(Kind))
def test_a_file_gives_back_the_rows_it_took(app, tmp_path, kind):
    market = make_market()
    with transaction():
        draft(market, kind, parameters=ROWS, languages=["zh", "en"], external_id="1")
    for suffix in ("csv", "jsonl"):
        path, out = tmp_path / f"rows.{suffix}", io.StringIO()
        found = exporting.rows(kind, drafts=True)
        exporting.write_csv(out, found, kind) if suffix == "csv" else exporting.write_jsonl(out, found)
        path.write_text(out.getvalue(), encoding="utf-8")
        assert TEXT in out.getvalue()
        with transaction():
            work = Import(kind, market.agency, fair=None, publish=False, by=None)
            with translating.rows(path, kind, unknown=set()) as rows:
                work.take(rows)
            report = work.finish()
        assert (report.unchanged, report.faults) == (1, [])


def test_a_bad_cell_is_reported_with_its_reason(app, tmp_path):
    market = make_market()
    path = tmp_path / "rows.csv"
    path.write_text("title,description,parameters,languages\nA,B,yield >= 90 smoots,en\nC,D,,xx\nE,F,yield >= 90 %,en de\n", encoding="utf-8")
    with transaction():
        work = Import(Kind.NEED, market.agency, fair=None, publish=False, by=None)
        with translating.rows(path, Kind.NEED, unknown=set()) as rows:
            work.take(rows)
        report = work.finish()
    assert [(fault.row, fault.column, fault.code) for fault in report.faults] == [(2, "parameters", "unit_unknown"), (3, "languages", "code_unknown")]
    assert report.created == 1


def test_json_brings_rows_and_shows_them_to_visitors(client):
    market = make_market()
    with transaction():
        entry = submit(market, draft(market, parameters=ROWS, languages=["en"]))
        deciding.publish(entry.id, by=market.judge)
    found = strict_loads(client.get(f"/api/v1/achievements/{entry.listing_id}").data)
    assert (found["parameters"], found["languages"]) == (ROWS, ["en"])
    assert "20 … " not in client.get(f"/achievements/{entry.listing_id}").text


@pytest.mark.parametrize(
    ("name", "condition", "english", "chinese"),
    [
        ("cycle life / 循环寿命", ">= 3620 cycles", "cycle life ≥ 3620 cycles", "循环寿命 ≥ 3620 次"),
        ("处理时间 / processing time", "= 1..2 小时", "processing time 1 … 2 h", "处理时间 1 … 2 小时"),
        ("signal / noise", "= 30 dB", "signal / noise 30 dB", "signal / noise 30 dB"),
    ],
)
def test_each_reader_sees_the_name_and_the_unit_in_their_own_language(app, name, condition, english, chinese):
    for code, expected in (("en", english), ("zh", chinese)):
        with app.test_request_context(), speaking(code):
            assert f"{parameters.named(name)} {parameters.printed(condition)}" == expected


def test_a_listing_without_them_has_none(app):
    market = make_market()
    with transaction():
        listing = draft(market)
    found = queries.own_one(listing.id, by=market.by)
    assert (found["parameters"], found["languages"]) == ([], [])
    assert rules.differences(rules.completed({}), rules.completed({"parameters": ROWS})) == ["parameters"]
