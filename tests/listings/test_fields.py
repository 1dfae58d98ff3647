"""The fields of a listing: what each takes, which levels there are, what keeps it from a fair, and what is only odd."""

import pytest
from marshmallow import ValidationError

from marketplace.core.problems import messages_to_errors
from marketplace.listings import differing, rules
from marketplace.listings.drafting_schemas import FORMS, INPUTS
from marketplace.listings.levels import Level, withheld
from marketplace.listings.models import Kind
from tests.listings.factories_listings import COMPLETE

pytestmark = pytest.mark.one_database


def loaded(kind=Kind.ACHIEVEMENT, *, form=False, **fields):
    schema = (FORMS if form else INPUTS)[kind]()
    schema.context_is_form = form
    return schema.load({"title_en": "A"} | fields)


def codes(kind=Kind.ACHIEVEMENT, *, form=False, **fields):
    with pytest.raises(ValidationError) as refused:
        loaded(kind, form=form, **fields)
    return [(error.pointer, error.code) for error in messages_to_errors(refused.value.messages)]


def complete(kind=Kind.ACHIEVEMENT, **changes):
    return rules.completed(COMPLETE[kind] | changes)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("video_url", "https://video.example.org:8443/a?b=c"), ("sdg", ["none"]), ("sdg", ["7", "13"]), ("territory", ["CN", "TW"]), ("price_mode", "auction"),
        ("co_owner_consent", "pending"), ("export_control", "prohibited"), ("partner_role_zh", "试产"), ("cost_comparison_en", "x" * 500), ("anonymous", True),
    ],
)  # fmt: skip
def test_a_field_takes_what_it_is_for(app, name, value):
    assert loaded(**{name: value})[name] == value


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("video_url", "http://video.example.org", "link"), ("video_url", "javascript:alert(1)", "link"), ("video_url", "https://a@video.example.org", "link"),
        ("video_url", "https://localhost/x", "link"), ("video_url", "https://video.example.org:99999", "link"), ("video_url", 'https://a.example.org/"x', "link"),
        ("video_url", "https://[", "link"), ("sdg", ["none", "7"], "goals_none"), ("sdg", ["18"], "code_unknown"), ("territory", ["XX"], "code_unknown"),
        ("cost_comparison_en", "x" * 501, "text_too_long"), ("partner_role_en", "x" * 4001, "text_too_long"), ("co_owner_consent", "yes", "code_unknown"),
        ("export_control", "", "code_unknown"), ("anonymous", "maybe", "truth"), ("levels", {"title": "registered"}, "invalid"),
    ],
)  # fmt: skip
def test_a_field_refuses_what_it_is_not_for(app, name, value, code):
    assert {found for _, found in codes(**{name: value})} == {code}


def test_the_form_gathers_the_levels_that_stand_beside_its_groups(app):
    found = loaded(Kind.NEED, form=True, level_price="never", level_description="registered", level_video="public", level_source="")
    assert found["levels"] == {"price": "never", "description": "registered"}
    assert codes(Kind.NEED, form=True, level_description="never")[0][0] == "/levels/description"
    assert codes(Kind.NEED, form=True, level_title="registered") == [("/level_title", "unknown")]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"export_control": "prohibited"}, ["/export_control"]),
        ({"export_control": "restricted"}, []),
        ({"price_mode": "fixed"}, ["/amount_min"]),
        ({"price_mode": "fixed", "amount_max_minor": 5}, []),
        ({"price_mode": "fixed", "amount_min_minor": 5, "amount_max_minor": 6}, ["/amount_max"]),
        ({"price_mode": "range", "amount_min_minor": 5}, ["/amount_max"]),
        ({"price_mode": "range", "amount_min_minor": 5, "amount_max_minor": 6}, []),
        ({"price_mode": "auction", "amount_min_minor": 5}, []),
        ({"price_mode": "auction", "amount_max_minor": 5}, ["/amount_max"]),
        ({"price_mode": "upfront_plus_royalty"}, []),
        ({"price_mode": "negotiable", "amount_min_minor": 5}, []),
    ],
)
def test_no_fair_gets_a_forbidden_export_or_a_price_at_odds_with_itself(app, changes, expected):
    assert [fault.pointer for fault in rules.submission_faults(Kind.ACHIEVEMENT, complete(**changes))] == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"trl": 7, "stage": "demo_available"}, []),
        ({"trl": 7, "stage": "on_market"}, ["/stage"]),
        ({"trl": None, "unknowns": ["trl"], "stage": "on_market"}, []),
        ({"co_owner_consent": "pending"}, ["/co_owner_consent"]),
        ({"export_control": "not_checked"}, ["/export_control"]),
        ({"ip_rights": [{"kind": "patent", "granted_on": None}]}, ["/ip_rights"]),
        ({"ip_rights": [{"kind": "know_how", "granted_on": None}]}, []),
        ({"ip_status": "none", "ip_rights": [{"kind": "patent", "granted_on": "2019-05-07"}]}, ["/ip_status"]),
    ],
)
def test_what_looks_odd_is_a_doubt_and_no_bar(app, changes, expected):
    content = complete(**changes)
    assert [doubt.pointer for doubt in rules.doubts(Kind.ACHIEVEMENT, content)] == expected
    assert rules.submission_faults(Kind.ACHIEVEMENT, content) == ()


@pytest.mark.parametrize(
    ("audience", "expected"), [("public", "after_interest"), (None, "after_interest"), ("after_interest", None), ("after_nda", None), ("never", None)]
)
def test_a_part_is_withheld_below_its_level(audience, expected):
    content = {"levels": {"price": "after_interest"}} | ({"audience": Level(audience)} if audience else {})
    assert withheld(content, "price") == expected
    assert withheld(content, "description") is None


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("levels", {"price": "never", "video": "registered"}, "Price or budget: Nobody but you; Video: Registered visitors"),
        ("sdg", ["7", "13"], "Affordable and clean energy, Climate action"),
        ("sdg", ["none"], "none of them"),
        ("territory", ["CN"], "China"),
        ("ip_rights", [{"kind": "know_how", "office": None, "number": None, "filed_on": None, "granted_on": None, "expires_on": None, "owner": "A"}], "Secret know-how, owner A"),
        ("unknowns", ["budget", "trl"], "Budget, Maturity"),
        ("amount_min_minor", 500, "CNY 5.00"),
        ("video_url", None, ""),
    ],
)
def test_a_change_is_told_in_words(app, name, value, words):
    assert differing.in_words(name, value, {"currency": "CNY"}) == words
    assert all(rules.label_of(column) for column in rules.CONTENT)
