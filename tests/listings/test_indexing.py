"""The index follows the database: changes, rebuild, damage, and two who drain at once."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from marketplace.core.db import db, transaction
from marketplace.listings import browsing, drafting, entering, indexing
from marketplace.listings.models import Kind, ListingChange
from marketplace.listings.schemas import CatalogueIn
from marketplace.search import health
from tests.listings.factories_listings import listing_of, make_market, published, submit


@pytest.fixture
def market(app):
    with transaction():
        return make_market()


def publish(market, **content):
    with transaction():
        return published(market, **content)


def search(text, kind=Kind.ACHIEVEMENT, fair=None, **query):
    found = browsing.browse(kind, CatalogueIn().load({"q": text} | query), fair=fair, bound_to="", facets=True)
    return [row["title_en"] for row in found.rows]


def waiting():
    return db.session.scalar(select(func.count()).select_from(ListingChange))


def test_the_first_look_builds_the_index_and_later_ones_bring_changes(market):
    publish(market, title_en="Laser welding")
    indexing.keep()
    assert search("laser") == ["Laser welding"]
    publish(market, title_en="Laser cutting")
    assert waiting() == 1
    indexing.keep()
    assert (set(search("laser")), waiting()) == ({"Laser welding", "Laser cutting"}, 0)


def test_an_update_is_found_only_when_it_is_approved(market):
    entry = publish(market, title_en="Laser welding")
    indexing.drain()
    with transaction():
        drafting.edit(entry.listing_id, {"title_en": "Plasma welding"}, by=market.by)
        submit(market, listing_of(entry))
    indexing.drain()
    assert (search("laser"), search("plasma")) == (["Laser welding"], [])
    from marketplace.reviews import deciding

    with transaction():
        deciding.publish(entry.id, by=market.judge)
    indexing.drain()
    assert (search("laser"), search("plasma")) == ([], ["Plasma welding"])


def test_what_is_withdrawn_is_gone_at_once_and_leaves_the_index(market):
    entry = publish(market, title_en="Laser welding")
    indexing.drain()
    with transaction():
        entering.withdraw(entry.listing_id, fair_slug=market.fair.slug, by=market.by)
    assert search("laser") == []  # the index still has it, the database decides
    indexing.drain()
    assert health.inspect(indexing.root()).listings == 0


def test_references_and_owners_are_found_and_fairs_filter(market):
    entry = publish(market, title_en="Laser welding")
    indexing.drain()
    for text in (listing_of(entry).reference, "northgate", "LASERS"):
        assert search(text, fair=market.fair) == ["Laser welding"], text
    assert search("laser", organization=["nobody-else"]) == []


def test_facets_count_what_a_choice_would_show(market):
    publish(market, trl=7)
    publish(market, trl=9, deal_kinds=["licence", "transfer"])
    publish(market, trl=None, unknowns=["trl"])
    indexing.drain()
    found = browsing.browse(Kind.ACHIEVEMENT, CatalogueIn().load({}), fair=market.fair, bound_to="", facets=True)
    assert found.total == 3
    assert found.facets["trl"] == {"7": 1, "9": 1, "unknown": 1}
    assert found.facets["deal_kind"] == {"licence": 3, "transfer": 1}
    assert found.facets["segment"] == {"universities": 3}
    chosen = browsing.browse(Kind.ACHIEVEMENT, CatalogueIn().load({"trl": ["unknown", "9"]}), fair=market.fair, bound_to="", facets=True)
    assert (chosen.total, len(chosen.rows), chosen.facets["trl"]) == (2, 2, {"7": 1, "9": 1, "unknown": 1})


@pytest.mark.parametrize("damage", ["gone", "torn", "old"])
def test_a_missing_damaged_or_old_index_is_built_anew(app, market, damage):
    publish(market, title_en="Laser welding")
    indexing.keep()
    generation = indexing.root() / "current"
    if damage == "gone":
        generation.unlink()
    else:
        for file in generation.resolve().rglob("*.idx" if damage == "torn" else "meta.json"):
            content = bytearray(file.read_bytes())
            content[len(content) // 2] ^= 0xFF
            file.unlink()
            file.write_bytes(content)
    app.extensions.pop("index_checked", None)  # the next start of a process
    app.extensions.pop("index_reader", None)
    indexing.keep()
    assert health.inspect(indexing.root()).problem is None
    assert search("laser") == ["Laser welding"]


def test_a_running_process_notices_that_the_index_went_away(market):
    publish(market, title_en="Laser welding")
    indexing.keep()
    (indexing.root() / "current").unlink()
    with pytest.raises(browsing.Rebuilding):
        search("laser")
    assert browsing.browse(Kind.ACHIEVEMENT, CatalogueIn().load({}), fair=None, bound_to="").rows[0]["title_en"] == "Laser welding"
    indexing.keep()
    assert search("laser") == ["Laser welding"]


def test_many_changes_are_a_rebuild(market, monkeypatch):
    for _ in range(3):
        publish(market)
    indexing.keep()
    before = health.inspect(indexing.root()).generation
    monkeypatch.setattr(indexing, "REBUILD_ABOVE", 1)
    publish(market)
    publish(market)
    indexing.keep()
    after = health.inspect(indexing.root())
    assert (after.generation != before, after.listings, waiting()) == (True, 5, 0)


def test_while_another_process_drains_nothing_is_done_and_nothing_is_lost(market):
    publish(market, title_en="Laser welding")
    indexing.keep()
    publish(market, title_en="Laser cutting")
    held, release = threading.Event(), threading.Event()

    folder = indexing.root()

    def hold():
        import fcntl

        with open(folder / "drain.lock", "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            held.set()
            release.wait(5)

    other = threading.Thread(target=hold)
    other.start()
    held.wait(5)
    indexing.keep()
    assert waiting() == 1
    release.set()
    other.join()
    indexing.keep()
    assert (waiting(), len(search("laser"))) == (0, 2)


def test_a_change_that_was_indexed_but_not_forgotten_is_applied_again(market, monkeypatch):
    publish(market, title_en="Laser welding")
    indexing.keep()
    publish(market, title_en="Laser cutting")
    forget = indexing._forget

    def killed(changes, seq):
        raise KeyboardInterrupt

    monkeypatch.setattr(indexing, "_forget", killed)
    with pytest.raises(KeyboardInterrupt):
        indexing.drain()
    assert waiting() == 1
    monkeypatch.setattr(indexing, "_forget", forget)
    indexing.drain()
    assert (waiting(), len(search("laser")), health.inspect(indexing.root()).listings) == (0, 2, 2)


def test_amounts_are_compared_in_one_currency():
    rates = {"EUR": "1", "CNY": "8", "USD": "1.25"}
    assert indexing.compared(100, "CNY", rates) == 100
    assert indexing.compared(100, "EUR", rates) == 800
    assert indexing.compared(125, "USD", rates) == 800
    assert indexing.compared(100, "GBP", rates) is None
    assert indexing.compared(None, "CNY", rates) is None


def test_what_changes_while_the_index_is_built_anew_is_found_at_once_and_afterwards(market, monkeypatch):
    first, *_ = [publish(market, title_en=title) for title in ("Laser welding", "Laser cutting", "Laser cladding")]
    indexing.drain()
    monkeypatch.setattr(indexing, "BATCH", 1)
    seen = []

    def step(_):
        if not seen:  # the first listing is read already
            publish(market, title_en="Laser drilling")
            with transaction():
                entering.withdraw(first.listing_id, fair_slug=market.fair.slug, by=market.by)
        seen.append(set(search("laser")))

    before = health.inspect(indexing.root())
    indexing.rebuild(step)
    after = health.inspect(indexing.root())
    expected = {"Laser cutting", "Laser cladding", "Laser drilling"}
    assert expected in seen  # by the old index
    assert set(search("laser")) == expected
    assert (after.generation != before.generation, after.seq > before.seq, waiting()) == (True, True, 0)


@pytest.mark.parametrize("reason", ["none", "age", "deleted", "damage"])
def test_the_index_is_looked_after_without_being_asked(market, monkeypatch, reason):
    entries = [publish(market, title_en=title) for title in ("Laser welding", "Laser cutting")]
    indexing.rebuild()
    if reason == "age":
        monkeypatch.setattr(indexing, "REBUILD_AFTER", timedelta(0))
    if reason == "deleted":
        with transaction():
            entering.withdraw(entries[0].listing_id, fair_slug=market.fair.slug, by=market.by)
        indexing.drain()
    if reason == "damage":
        file = next((indexing.root() / "current" / "achievement").glob("*.store"))
        data = bytearray(file.read_bytes())
        data[3] ^= 1
        file.unlink()
        file.write_bytes(data)
    before = health.inspect(indexing.root()).generation
    indexing.look_after()
    after = health.inspect(indexing.root())
    assert (after.generation != before, after.needs_rebuild) == (reason != "none", False)
    assert len(search("laser")) == (1 if reason == "deleted" else 2)
