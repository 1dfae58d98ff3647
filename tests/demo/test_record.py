"""The sample fair of 2020 states what was published, and its ledger computes the same; nothing is added across scopes."""

import re

import pytest

from marketplace.demo import loading
from marketplace.demo.figures_2020 import FIGURES
from marketplace.ledger import queries as ledger
from marketplace.ledger.models import View
from marketplace.reports import record

AS_PUBLISHED = {
    "Projects signed": ("42", "42", "42"),
    "Their total": ("17.848 billion yuan", "178.48亿元", "17848000000.00"),
    "High-tech among them, share of projects": ("83.3 %", "83.3%", "83.3"),
    "High-tech among them, value": ("17.51865 billion yuan", "175.1865亿元", "17518650000.00"),
    "High-tech among them, share of value": ("98.2 %", "98.2%", "98.2"),
    "First order": ("120 million yuan", "1.2亿元", "120000000.00"),
}
"""Label: (published in English, in Chinese, computed by our ledger)."""
SUM_OF_SCOPES = re.compile(r"34[.,]?148|341[.,]?48")


def test_every_compared_figure_is_as_published_and_as_computed(sample):
    rows = {row["label_en"]: row for row in sample.client().get(f"/api/v1/fairs/{loading.CLOSED}/record").json["rows"] if row["ours"]}
    assert {label: (row["value_en"], row["ours"]["value"]) for label, row in rows.items()} == {
        label: (english, computed) for label, (english, _chinese, computed) in AS_PUBLISHED.items()
    }
    assert all(row["ours"]["matches"] for row in rows.values())
    assert all(row["ours"]["scope"] == "expo" for row in rows.values())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_says_both_and_that_they_are_equal(sample, language):
    page = sample.client().get(f"/fairs/{loading.CLOSED}/record", headers={"Accept-Language": language}).text
    for english, chinese, _computed in AS_PUBLISHED.values():
        assert (english if language == "en" else chinese) in page
    for ours in ("¥17,848,000,000.00", "¥17,518,650,000.00", "¥120,000,000.00", "83.3 %", "98.2 %"):
        assert ours in page
    assert "st-mismatch" not in page


def test_the_other_scope_stands_beside_with_its_source_and_is_never_added(sample):
    [beside] = [figure for figure in FIGURES if "16.3 billion" in figure["value_en"]]
    assert beside["value_en"].startswith("20,")
    assert beside["measure"] is None and beside["published"] is None
    assert beside["source_en"] and "never added" in beside["scope_en"]
    slug = loading.CLOSED
    for path in (
        f"/fairs/{slug}/record", f"/api/v1/fairs/{slug}/record", f"/fairs/{slug}", f"/api/v1/fairs/{slug}/total", f"/fairs/{slug}/board",
        f"/fairs/{slug}/record/export.csv", f"/fairs/{slug}/export.csv",
    ):  # fmt: skip
        for language in ("en", "zh"):
            answer = sample.client().get(path, headers={"Accept-Language": language})
            assert answer.status_code == 200, path
            assert not SUM_OF_SCOPES.search(answer.text), path


def test_the_public_and_the_staffs_ledger_say_the_same_of_the_closed_fair(sample):
    fair = loading.fairs.by_slug(loading.CLOSED)
    scope = ledger.scope(fair.id, "expo")
    for view in View:
        counted = ledger.counted(fair, scope, view=view)
        assert (len(counted), sum(each.base_total_minor for each in counted)) == (42, 1_784_800_000_000)
        assert sum(each.base_total_minor == 12_000_000_000 for each in counted) == 1
    assert all(line.ours is None or line.ours.matches for line in record.lines(fair))
