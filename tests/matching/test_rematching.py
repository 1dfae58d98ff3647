"""Stored matches follow the index, survive a crash, and are the same as if everything were matched anew."""

from functools import partial

import pytest
from flask import current_app
from sqlalchemy import func, select

from marketplace.core.db import db, transaction
from marketplace.core.jobs import TASKS, sweep
from marketplace.listings import drafting, entering, indexing
from marketplace.listings.models import Kind
from marketplace.matching import events, rematching, storing, tasks
from marketplace.matching.models import MatchedNeed, StoredMatch, WaitingRematch
from marketplace.reviews import deciding
from marketplace.search.index import IndexUnusable
from tests.listings.factories_listings import listing_of, published, submit

OFFERS = ["Laser welding of steel", "Welding robots", "Wheat that endures drought", "激光焊接薄钢板", "Steel from hydrogen", "Membranes for water"]


@pytest.fixture
def sides(sides, monkeypatch):
    """Achievements and needs of fields far from each other: only words bring them together."""
    monkeypatch.setattr(sides, "need", partial(sides.need, technology_codes=["14"]))
    return sides


def publish(market, *titles, kind=Kind.ACHIEVEMENT, code="30"):
    """Several at once, and one index commit."""
    with transaction():
        made = [published(market, kind, title_en=title, summary_en=title, description_en=title, technology_codes=[code]) for title in titles]
    indexing.drain()
    return [listing_of(entry) for entry in made]


def stored():
    """{need: its achievements in order}"""
    found = {}
    for row in db.session.execute(select(StoredMatch.need_id, StoredMatch.achievement_id).order_by(StoredMatch.need_id, StoredMatch.rank)):
        found.setdefault(row.need_id, []).append(row.achievement_id)
    return found


def facts():
    query = select(StoredMatch.need_id, StoredMatch.achievement_id, StoredMatch.rank, StoredMatch.score_milli, StoredMatch.strength, StoredMatch.found_at)
    return sorted(map(tuple, db.session.execute(query)))


def withdraw(sides, listing, *, market=None):
    market = market or sides.agency
    with transaction():
        entering.withdraw(listing.id, fair_slug=market.fair.slug, by=market.by)
    indexing.drain()


@pytest.fixture
def told(monkeypatch):
    heard = []
    monkeypatch.setattr(events, "new_matches", [heard.extend])
    return heard


def test_a_new_listing_of_either_kind_is_stored(sides, told):
    weld, robots, wheat, *_ = publish(sides.agency, *OFFERS)
    need = sides.need("Laser welding")
    assert rematching.keep() == 1
    assert stored()[need.id][0] == weld.id
    assert robots.id in stored()[need.id]
    assert {row.achievement_id for row in told} >= {weld.id, robots.id}
    assert wheat.id not in stored()[need.id]
    told.clear()
    better = sides.achievement("Laser welding, laser welding")
    other = sides.need("Wheat")
    assert rematching.keep() == 2
    assert better.id in stored()[need.id]
    assert stored()[other.id] == [wheat.id]
    assert {(row.need_id, row.achievement_id) for row in told} == {(need.id, better.id), (other.id, wheat.id)}
    assert rematching.keep() == 0


def test_after_any_changes_it_is_what_a_full_rematch_gives(sides):
    """Editing, withdrawing and adding, on both sides: no list misses a listing that it would hold, or holds one too many."""
    offers = publish(sides.agency, *OFFERS)
    needs = publish(sides.company, "Laser welding", "Drought and steel", "焊接钢板", "Water for wheat", kind=Kind.NEED, code="14")
    rematching.drain()
    for change in (
        lambda: withdraw(sides, offers[0]),
        lambda: approve(sides, offers[2], "Laser for wheat"),
        lambda: approve(sides, needs[1], "Hydrogen", market=sides.company),
        lambda: sides.achievement("Water, drought and steel"),
        lambda: withdraw(sides, needs[0], market=sides.company),
    ):
        change()
        rematching.keep()
        before, held = stored(), facts()
        assert rematching.everything() == len(needs) - (needs[0].id not in before)
        assert stored() == before
        assert [fact[-1] for fact in facts()] == [fact[-1] for fact in held]  # found_at of pairs that stay
    assert needs[0].id not in before
    assert rematching.status() == rematching.Status(needs=3, stored=3, current=3, waiting=0, matches=sum(map(len, before.values())))


def test_only_needs_that_are_reached_are_matched(sides, monkeypatch):
    needs = publish(sides.company, "Laser welding", "Drought resistant wheat", kind=Kind.NEED, code="14")
    publish(sides.agency, *OFFERS)
    rematching.drain()
    matched = []
    compute = storing.compute
    monkeypatch.setattr(storing, "compute", lambda reader, need: matched.append(need.id) or compute(reader, need))
    sides.achievement("Wheat that endures salt")
    rematching.keep()
    assert matched == [needs[1].id]


def test_a_full_list_is_entered_only_by_what_reaches_its_weakest(sides, monkeypatch):
    monkeypatch.setattr(storing, "KEPT", 3)
    need = sides.need("Laser welding of steel")
    publish(sides.agency, "Laser for halls", "Steel for ships", "Welding of boats", *["Wheat and water"] * 12)
    rematching.drain()
    strong, weak = publish(sides.agency, "Laser welding of steel", "Steel roofs and much else that stands in this text")
    assert rematching.keep() == 1
    assert (len(stored()[need.id]), stored()[need.id][0]) == (3, strong.id)
    publish(sides.agency, "Roofs of steel, and much else that stands in this long text of roofs")
    assert rematching.keep() == 0


def test_conditions_are_kept(sides):
    need = sides.need("Laser welding", min_trl=8)
    low = sides.achievement("Laser welding", trl=5)
    rematching.drain()
    assert stored() == {}
    approve(sides, low, "Laser welding", trl=9)
    assert rematching.keep() == 1
    assert stored() == {need.id: [low.id]}


def test_what_is_withdrawn_is_gone_with_the_index_commit(sides):
    weld, need = sides.achievement("Laser welding"), sides.need("Laser welding")
    rematching.drain()
    assert stored() == {need.id: [weld.id]}
    withdraw(sides, weld)
    assert stored() == {}


def test_a_crash_between_the_index_and_the_rematch_is_made_good(sides, monkeypatch):
    need = sides.need("Laser welding")
    rematching.drain()

    def dies(*_):
        raise SystemError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(storing, "replace", dies)
        sides.achievement("Laser welding")
        with pytest.raises(SystemError):
            rematching.keep()
    assert rematching.status().waiting == 1
    assert rematching.keep() == 1
    assert len(stored()[need.id]) == 1


def test_the_index_counts_a_change_as_taken_in_only_when_the_rematch_will_follow(sides, monkeypatch):
    def dies(*_):
        raise SystemError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(rematching, "now", dies)  # inside the listener
        with pytest.raises(SystemError):
            sides.need("Laser")
    assert rematching.status().waiting == 0
    indexing.drain()
    assert rematching.status().waiting == 1


def test_another_generation_or_ranking_is_refreshed_in_the_background_and_is_no_news(sides, told, monkeypatch):
    sides.achievement("Laser welding")
    publish(sides.company, "Laser 1", "Laser 2", "Laser 3", kind=Kind.NEED, code="14")
    rematching.drain()
    told.clear()
    found = facts()
    indexing.rebuild()
    assert (rematching.status().current, rematching.keep()) == (0, 0)
    assert rematching.refresh() == 3
    assert rematching.refresh() == 0
    assert [fact[:3] + fact[5:] for fact in facts()] == [fact[:3] + fact[5:] for fact in found]
    with transaction():
        db.session.query(StoredMatch).delete()
    for module in (rematching, storing):
        monkeypatch.setattr(module, "RANKING", "another")
    assert rematching.refresh() == 3
    assert told == []
    assert {row.ranking.split(":")[0] for row in db.session.scalars(select(StoredMatch))} == {"another"}


def test_an_older_state_of_the_index_never_replaces_a_newer_one(sides):
    need = sides.need("Laser welding")
    old = storing.NeedList(need.id, [], {}, {}, *stale_state())
    sides.achievement("Laser welding")
    rematching.drain()
    with transaction():
        assert storing.replace([old]) == 0
    assert len(stored()[need.id]) == 1


def stale_state():
    from marketplace.search.documents import Kind

    snapshot = indexing.reader().snapshot(Kind.ACHIEVEMENT)
    return snapshot.generation, snapshot.seq


def test_after_very_many_changes_every_need_is_matched(sides, monkeypatch):
    monkeypatch.setattr(rematching, "MANY", 3)
    needs = publish(sides.company, "Laser", "Wheat", kind=Kind.NEED, code="14")
    rematching.drain()
    publish(sides.agency, *OFFERS[:3])
    assert rematching.keep() == 2
    assert set(stored()) == {need.id for need in needs}
    assert db.session.scalar(select(func.count()).select_from(WaitingRematch)) == 0


def test_shards_match_every_need_once_and_may_be_repeated(sides):
    sides.achievement("Laser welding")
    publish(sides.company, *(f"Laser {number}" for number in range(5)), kind=Kind.NEED, code="14")
    jobs = tasks.enqueue_shards(3)
    assert len(jobs) == 3
    assert sweep() >= 3
    found = facts()
    assert rematching.status().current == 5
    for number in range(3):
        tasks.shard(number, 3)
    assert facts() == found


def test_without_an_index_the_clock_waits(sides):
    sides.need("Laser")
    indexing.root().rename(indexing.root().with_name("gone"))
    current_app.extensions.pop("index_reader")
    with pytest.raises(IndexUnusable):
        rematching.keep()
    for name in ("matching.keep", "matching.refresh"):
        TASKS[name]()
    assert db.session.scalar(select(func.count()).select_from(MatchedNeed)) == 0


def approve(sides, listing, title, *, market=None, **content):
    market = market or sides.agency
    with transaction():
        drafting.edit(listing.id, {"title_en": title, "summary_en": title, "description_en": title} | content, by=market.by)
        deciding.publish(submit(market, listing).id, by=market.judge)
    indexing.drain()
