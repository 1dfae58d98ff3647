"""What ranks before what, and that the order is one."""

import random
from typing import Any
from uuid import UUID

import pytest

from marketplace.matching import ranking, widening
from marketplace.matching.ranking import LEAD, MOST_CLAUSES, compose, match, weigh
from marketplace.search.bm25 import Statistics, idf, points
from marketplace.search.documents import Kind
from marketplace.search.index import apply

FILL = ["crop wheat seed", "river bank erosion", "vaccine trial cohort", "bridge steel fatigue", "聚合物薄膜制备"]


def order(reader: Any, listing: Any, **more: Any) -> list[int]:
    return [hit.id.int for hit in match(reader, listing, **more).hits]


def test_both_directions_and_both_languages(achievement: Any, need: Any, indexed: Any) -> None:
    texts = ["laser welding of steel", "5G网络的光纤传感器"]
    reader = indexed(
        *(achievement(number, text) for number, text in enumerate([*texts, *FILL], start=1)),
        *(need(number, text) for number, text in enumerate([*texts, *FILL], start=101)),
    )
    assert order(reader, need(99, "welded with lasers"))[0] == 1
    assert order(reader, need(99, "传感器")) == [2]
    assert order(reader, achievement(99, "welded with lasers"))[0] == 101
    assert order(reader, achievement(99, "传感器")) == [102]


def test_a_listing_that_shares_no_word_is_no_match(achievement: Any, need: Any, indexed: Any) -> None:
    reader = indexed(achievement(1, "laser"))
    assert order(reader, need(9, "wheat")) == []
    assert order(reader, need(9, "the of")) == []


@pytest.mark.parametrize(
    ("text", "better", "worse"),
    [
        ("laser maser laser laser", "laser study of one thing", "maser study of one thing"),
        ("laser welding plant", "a laser welding unit and plant", "a welding laser unit and plant"),
    ],
    ids=["a word said more often", "words side by side"],
)
def test_what_counts_more(achievement: Any, need: Any, indexed: Any, text: str, better: str, worse: str) -> None:
    reader = indexed(*(achievement(n, text) for n, text in enumerate([worse, better, *FILL], start=1)))
    assert order(reader, need(9, text))[:2] == [2, 1]


def test_a_word_in_the_title_counts_more(achievement: Any, need: Any, indexed: Any) -> None:
    plain = achievement(1, "laser for cutting", title="sheet metal tool")
    titled = achievement(2, "sheet metal tool", title="laser for cutting")
    reader = indexed(plain, titled, *(achievement(n, text) for n, text in enumerate(FILL, start=3)))
    assert order(reader, need(9, "laser"))[:2] == [2, 1]


def test_a_second_language_does_not_halve_a_listing(achievement: Any, need: Any, indexed: Any) -> None:
    english = "laser welding of steel pipes with a robot"
    one, both = achievement(1, english), achievement(2, english + "\n" + "用机器人对钢管进行激光焊接的方法和装置" * 3)
    reader = indexed(one, both, *(achievement(n, text) for n, text in enumerate(FILL, start=3)))
    hits = match(reader, need(9, "laser welding robot")).hits
    assert [hit.id.int for hit in hits] == [1, 2]
    assert hits[0].score == hits[1].score


def test_needs_do_not_move_the_scores_of_achievements(achievement: Any, need: Any, indexed: Any) -> None:
    listings = [achievement(n, text) for n, text in enumerate(["laser welding", *FILL], start=1)]
    alone = match(indexed(*listings), need(9, "laser steel")).hits
    among = match(indexed(*listings, *(need(n, "laser laser") for n in range(100, 130))), need(9, "laser steel")).hits
    assert alone == among


def test_gates_do_not_move_the_scores(achievement: Any, need: Any, indexed: Any) -> None:
    reader = indexed(*(achievement(n, text, trl=n, country="DE") for n, text in enumerate(["laser", *FILL], start=1)))
    free = match(reader, need(9, "laser steel river")).hits
    asked = need(9, "laser steel river", trl=3, countries_wanted=("DE",), country="FR", amount_minor=5)
    gated = match(reader, asked).hits
    assert gated == [hit for hit in free if hit.id.int >= 3]
    assert len(gated) == 2


def test_equals_come_by_id_however_many_and_however_written(
    root: Any, achievement: Any, need: Any, indexed: Any
) -> None:
    listings = [achievement(number, "laser") for number in range(1, 201)]
    random.Random(1).shuffle(listings)
    reader = indexed(*listings[:150])
    apply(root, listings[150:], [], seq=2)
    apply(root, [], [UUID(int=7)], seq=3)
    assert order(reader, need(999, "laser"), limit=20) == [n for n in range(1, 22) if n != 7]


def test_only_listings_published_at_the_fair(achievement: Any, need: Any, indexed: Any) -> None:
    reader = indexed(achievement(1, "laser", fairs=("a", "b")), achievement(2, "laser", fairs=("b",)))
    assert order(reader, need(9, "laser"), fair="a") == [1]
    assert order(reader, need(9, "laser"), fair="c") == []


def test_of_a_long_need_the_terms_that_tell_most_are_asked(
    achievement: Any, need: Any, indexed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    common = [f"common{number}" for number in range(300)]
    reader = indexed(*(achievement(n, " ".join(common)) for n in range(1, 20)), achievement(20, "rare " + common[0]))
    long = need(99, " ".join([*common, "rare", "absent"]))
    clauses = compose(reader.snapshot(Kind.ACHIEVEMENT), long)
    assert len(clauses) == MOST_CLAUSES
    assert clauses[0].token == "rare"
    assert "absent" not in {clause.token for clause in clauses}
    monkeypatch.setattr(ranking, "MOST_CLAUSES", 1)
    assert order(reader, long) == [20]


def test_the_version_of_scores_names_ranking_generation_and_change(achievement: Any, need: Any, indexed: Any) -> None:
    matches = match(indexed(achievement(1, "laser"), seq=12), need(9, "laser"))
    assert matches.version == f"{ranking.RANKING}:{matches.snapshot.generation}:12"


@pytest.mark.parametrize(
    ("told", "count", "weight"),
    [(6, 1, 1.0), (6, 3, 2.0), (1.5, 1, 0.5), (4.5574, 1, 0.8715), (4.5574, 2, 1.3944)],
)
def test_weights_as_the_rule_page_has_them(told: float, count: int, weight: float) -> None:
    assert weigh(told, count) == pytest.approx(weight, abs=1e-4)


def test_the_worked_row_with_its_own_weight() -> None:
    of = Statistics(documents=1000, average_length=100)
    adds = [points(weigh(idf(10, 1000)), 10, 2, length=length, of=of) for length in (96, 472)]
    assert adds == pytest.approx([5.5235, 2.6690], abs=1e-4)


@pytest.mark.parametrize(
    ("title", "text", "leading"),
    [
        ("Laser welding", "Steel is joined.", "laser weld"),
        ("The of", "Laser welding. Steel is joined.", "laser weld"),
        ("", "Laser welding. Steel is joined.", "laser weld"),
        ("", "激光焊接。钢", "激光 光焊 焊接"),
        ("", "Laser welding at 1.5 kW.", ""),  # nothing follows
        ("", "One two three four five six seven eight nine ten eleven twelve. Steel.", ""),
        ("", "", ""),
    ],
)
def test_what_a_listing_is_about_weighs_half_as_much_again(
    achievement: Any, need: Any, indexed: Any, title: str, text: str, leading: str
) -> None:
    reader = indexed(*(achievement(number, f"{title} {text}") for number in range(3)), *(achievement(n, "wheat") for n in range(3, 9)))
    snapshot = reader.snapshot(Kind.ACHIEVEMENT)
    weights = {clause.token: clause.weight for clause in compose(snapshot, need(9, text, title=title)) if clause.field in {"words", "bigrams"}}
    once = weigh(idf(3, 9))
    assert {token for token, weight in weights.items() if weight >= once * LEAD - 1e-9} == set(leading.split())


HEAT = ["heat pump compressor", "heat pump compressor refrigerant", "heat recovery refrigerant", "compressor refrigerant valve"]


def test_a_short_listing_hears_what_its_best_answers_have_in_common(achievement: Any, need: Any, indexed: Any) -> None:
    reader = indexed(*(achievement(n, text) for n, text in enumerate([*HEAT, *FILL], start=1)))
    matches = match(reader, need(9, "heat pump"))
    assert {clause.token for clause in matches.clauses if clause.heard} == {"compressor", "refriger"}
    assert [hit.id.int for hit in matches.hits] == [1, 2, 3]  # the fourth shares only what was heard
    heard = {clause.token: clause.weight for clause in matches.clauses if clause.heard}
    own = {clause.token: clause.weight for clause in matches.clauses if clause.field == "words" and not clause.heard}
    assert sum(heard.values()) == pytest.approx(widening.WEIGHT * (1 - 2 / widening.ENOUGH) * sum(own.values()))
    long = need(9, "heat pump " + " ".join(FILL))
    assert not any(clause.heard for clause in compose(matches.snapshot, long))


def test_conditions_do_not_change_what_is_heard(achievement: Any, need: Any, indexed: Any) -> None:
    reader = indexed(*(achievement(n, text, trl=n, fairs=("a",) if n % 2 else ()) for n, text in enumerate([*HEAT, *FILL], start=1)))
    free = match(reader, need(9, "heat pump"))
    gated = match(reader, need(9, "heat pump", trl=2), fair="a")
    assert gated.clauses == free.clauses
    assert gated.hits == [hit for hit in free.hits if hit.id.int == 3]


def test_deleted_listings_do_not_turn_a_weight_over(root: Any, achievement: Any, need: Any, indexed: Any) -> None:
    reader = indexed(*(achievement(number, "laser") for number in range(1, 9)))
    apply(root, [], [UUID(int=number) for number in range(2, 9)], seq=2)
    assert order(reader, need(99, "laser")) == [1]
