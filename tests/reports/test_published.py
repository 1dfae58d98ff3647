"""Published figures and public listings as files."""

import csv
import io

import pytest
from python_calamine import CalamineWorkbook

from marketplace.core.db import transaction
from marketplace.figures import freezing
from marketplace.imports import exporting
from marketplace.ledger import queries as ledger
from marketplace.listings import indexing
from marketplace.listings.models import Kind
from tests.contracts.factories_contracts import make_contract, make_desk
from tests.factories import actor
from tests.listings.conftest import own_index as own_index
from tests.listings.factories_listings import draft, listing_of, make_market, published


@pytest.fixture
def desk(app):
    return make_desk(app, current=True)


def sheet_of(answer) -> list[list]:
    assert answer.status_code == 200, answer.text[:300]
    lines = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    answer.close()
    return lines


def test_every_published_figure_is_in_the_file_and_none_is_added(client, desk):
    codes = []
    for amount in ("5.00", "6.00"):
        make_contract(desk, total_amount=amount, technology_amount=None)
        with transaction():
            codes.append(freezing.freeze(desk.fair, ledger.scope(desk.fair.id, None), by=actor(desk.verifier))[0].code)
    lines = sheet_of(client.get("/figures/export.xlsx"))
    assert {line[0]: line[7] for line in lines if line[0] in codes} == {codes[0]: 5, codes[1]: 11}
    assert not [line for line in lines if str(line[0]).startswith("Sum in")]
    assert ["Count: figures", 2] in [line[:2] for line in lines]
    assert client.get("/figures/export.doc").status_code == 404


@pytest.mark.parametrize("form", ["xlsx", "pdf"])
@pytest.mark.parametrize(("kind", "path"), [(Kind.ACHIEVEMENT, "/achievements"), (Kind.NEED, "/needs")])
def test_the_public_listings_of_a_fair_are_in_the_file(app, client, kind, path, form):
    with transaction():
        market = make_market(current=True)
        shown = listing_of(published(market, kind, title_en="=Heat pump"))
        draft(market, kind)
    answer = client.get(f"{path}/export.{form}")
    assert "public" in answer.headers["Cache-Control"]
    if form == "xlsx":
        head, *rows = sheet_of(answer)
        assert [(line[0], line[head.index("title_en")], line[head.index("external_id")]) for line in rows] == [(shown.reference, "'=Heat pump", shown.reference)]
    else:
        assert answer.data.startswith(b"%PDF")
        answer.close()


def test_the_csv_of_listings_is_the_one_that_can_be_imported_again(app, client):
    with transaction():
        published(make_market(current=True))
    lines = list(csv.reader(io.StringIO(client.get("/achievements/export.csv").text, newline="")))
    assert lines[0] == exporting.columns(Kind.ACHIEVEMENT)
    assert len(lines) == 2


def test_the_file_holds_what_the_catalogue_lists(app, client, own_index):
    with transaction():
        market = make_market(current=True)
        for title, trl in (("Heat pump for steam", 7), ("Valve for steam", 3)):
            published(market, title_en=title, trl=trl)
    indexing.drain()
    for query, count in (("", 2), ("?trl=7", 1), ("?q=valve", 1), ("?q=nothingsuch", 0)):
        answer = client.get(f"/achievements/export.jsonl{query}")
        assert (answer.headers["X-Export-Count"], len(answer.text.splitlines())) == (str(count), count), query
        assert f"-{count}.jsonl" in answer.headers["Content-Disposition"] and "Filter" in answer.headers["X-Export-Filter"]


def test_another_fairs_listings_stay_out(client, desk):
    with transaction():
        market = make_market()
        published(market)
    assert len(client.get("/achievements/export.csv").data.splitlines()) == 1
    lines = list(csv.reader(io.StringIO(client.get(f"/achievements/export.csv?fair={market.fair.slug}").text, newline="")))
    assert len(lines) == 2
