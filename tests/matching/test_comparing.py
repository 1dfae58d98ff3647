"""Up to three side by side: the same rows for all, and an honest "ask"."""

import csv
import re
from uuid import uuid4

import pytest

from tests.factories import sign_in

ROWS = ["Organisation", "Summary", "Advantages", "Field", "Maturity", "Stage", "Intellectual property", "Exclusivity", "Kind of deal", "Price"]


@pytest.fixture
def as_company(client, sides):
    sign_in(client, sides.company.reader, sides.company.agency)
    return client


def test_three_stand_side_by_side_with_the_same_rows(as_company, sides):
    laser = sides.achievement("Laser welding", trl=7, amount_min_minor=500_000_00, currency="CNY", advantages_en="Half the heat.", languages=["en"])
    others = [sides.achievement("Laser cutting"), sides.achievement("Wheat seeds", trl=2)]
    need = sides.need("Laser welding", min_trl=6)
    address = f"/needs/{need.id}/compare?" + "&".join(f"achievement={one.id}" for one in (laser, *others))
    page = as_company.get(address)
    assert page.status_code == 200
    body = page.text[page.text.index("<tbody>") :]
    labels = re.findall(r'<th scope="row">([^<]+)</th>', body)
    assert labels[: len(ROWS)] == ROWS
    assert body.count("<td ") == 4 * len(labels)
    assert "from 500,000" in body
    assert "TRL 6 or higher" in body
    assert '<em class="ask">ask</em>' in body
    text = {row[0]: row for row in csv.reader(as_company.get(address.replace("compare?", "compare/export.csv?")).text.splitlines()) if row}
    assert "from 500,000" in text["Price"][2]
    assert text["How much of the need it answers"][4] == "Weak fit"
    assert text["Advantages"][3:] == ["ask", "ask"]
    for format in ("xlsx", "pdf"):
        assert as_company.get(address.replace("compare?", f"compare/export.{format}?")).status_code == 200


def test_a_fourth_is_left_out_and_said(as_company, sides):
    ids = [sides.achievement("Laser welding").id for _ in range(4)]
    need = sides.need("Laser welding")
    text = as_company.get(f"/needs/{need.id}/compare?" + "&".join(f"achievement={id}" for id in ids)).text
    assert "the first three" in text
    assert f'href="/achievements/{ids[2]}"' in text
    assert f'href="/achievements/{ids[3]}"' not in text
    assert "Nothing to compare yet" in as_company.get(f"/needs/{need.id}/compare").text


def test_only_public_achievements_are_compared(as_company, sides):
    laser, need, draft = sides.achievement("Laser welding"), sides.need("Laser welding"), sides.draft_need("Laser welding")
    for one in (uuid4(), need.id, draft.id, "x"):
        assert as_company.get(f"/needs/{need.id}/compare?achievement={laser.id}&achievement={one}").status_code == 404, one
    assert as_company.get(f"/needs/{draft.id}/compare?achievement={laser.id}").status_code == 200
    assert as_company.get(f"/needs/{uuid4()}/compare?achievement={laser.id}").status_code == 404


def test_a_price_without_an_exchange_rate_is_stated_and_names_are_in_the_readers_language(as_company, sides):
    depth = {"name": "welding depth / 焊接深度", "operator": ">=", "value": "5", "upper": None, "unit": "mm"}
    laser = sides.achievement("Laser welding", amount_min_minor=2_100_000_00, currency="EUR", parameters=[depth])
    need = sides.need("Laser welding", amount_max_minor=9_000_000_00, currency="CNY", parameters=[depth])
    compared = as_company.get(f"/needs/{need.id}/compare?achievement={laser.id}").text
    for text in (compared, as_company.get(f"/needs/{need.id}/matches").text):
        assert "Price EUR, from 2,100,000, no exchange rate to compare it" in text
        assert "Price not stated" not in text
        assert "welding depth ≥ 5 mm" in text
        assert "焊接深度" not in text
    paid = sides.need("Laser welding", amount_max_minor=9_000_000_00, currency="USD")
    own = sides.achievement("Laser welding", amount_min_minor=1_000_00, currency="CNY")
    assert "Budget USD, up to 9,000,000, no exchange rate to compare it" in as_company.get(f"/needs/{paid.id}/compare?achievement={own.id}").text
