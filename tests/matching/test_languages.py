"""Across languages: a Chinese need and an English achievement find each other by the glossary and by the field.

The collection beside this file holds forty needs in Chinese with two fitting achievements each, and one of another subject
from the same field, in English: `# field | title | text` of a need, then `+` or `-` for what fits it or does not.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from marketplace.core.i18n import speaking
from marketplace.matching import fields, ranking
from marketplace.matching.evaluation import ndcg
from marketplace.matching.ranking import match
from marketplace.matching.reasons import contributions, marks, reasons
from marketplace.search.analysis import analyze
from marketplace.search.bm25 import Statistics, points
from marketplace.search.documents import Kind, ListingDocument
from marketplace.search.glossary import code_tokens, places, translations
from marketplace.search.index import rebuild
from marketplace.search.reader import Reader
from marketplace.taxonomy.vocabularies import WIPO_FIELDS
from tests.matching.test_reasons import explained

COLLECTION = Path(__file__).with_name("across_languages.txt")
CHINESE, ENGLISH = "寻求高温热泵，用于余热回收", "A heat pump at high temperature for waste heat recovery"


def listing(number: int, text: str, *, kind: Kind = Kind.ACHIEVEMENT, title: str = "", codes: tuple[str, ...] = ()) -> ListingDocument:
    sectors = tuple(dict.fromkeys(WIPO_FIELDS[code].group or "" for code in codes))
    return ListingDocument(id=UUID(int=number), num=number, kind=kind, titles=(title,), texts=(text,), fields=codes, sectors=sectors)


@dataclass(frozen=True)
class Collection:
    reader: Reader
    listings: dict[str, ListingDocument]
    fitting: dict[str, set[str]]

    def quality(self, subjects: Kind) -> tuple[float, float]:
        """nDCG@10, and the share of what fits that is among the first ten."""
        gains, recalls = [], []
        for name, fits in self.fitting.items():
            if self.listings[name].kind is subjects:
                hits = [str(hit.id.int) for hit in match(self.reader, self.listings[name], limit=10).hits]
                gains.append(ndcg(hits, fits))
                recalls.append(len(fits.intersection(hits)) / len(fits))
        return sum(gains) / len(gains), sum(recalls) / len(recalls)


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    listings: dict[str, ListingDocument] = {}
    fitting: dict[str, set[str]] = {}
    for number, line in enumerate(COLLECTION.read_text(encoding="utf-8").splitlines(), start=1):
        code, title, text = line[2:].split(" | ")
        kind = Kind.NEED if line[0] == "#" else Kind.ACHIEVEMENT
        listings[str(number)] = listing(number, text, kind=kind, title=title, codes=(code,))
        if kind is Kind.NEED:
            need = str(number)
        elif line[0] == "+":
            fitting.setdefault(need, set()).add(str(number))
            fitting[str(number)] = {need}
    root = tmp_path_factory.mktemp("languages")
    rebuild(root, listings.values(), seq=1)
    return Collection(Reader(root), listings, fitting)


def test_the_collection_is_in_two_languages(collection: Collection) -> None:
    held = collection.listings.values()
    assert [sum(each.kind is kind for each in held) for kind in (Kind.NEED, Kind.ACHIEVEMENT)] == [40, 120]
    assert all(bool(each.ranked()["bigrams"]) == (each.kind is Kind.NEED) for each in held)


@pytest.mark.parametrize(
    ("without", "least", "most"),
    [((), 0.95, 1.0), (("codes",), 0.92, 0.98), (("translations",), 0.65, 0.8), (("codes", "translations"), 0.0, 0.05)],
    ids=["both", "glossary only", "fields only", "neither"],
)
def test_quality_across_languages(
    collection: Collection, monkeypatch: pytest.MonkeyPatch, without: tuple[str, ...], least: float, most: float
) -> None:
    asked = fields.expansions
    monkeypatch.setattr(ranking, "expansions", lambda *of: [one for one in asked(*of) if one[0] not in without])
    for kind in Kind:
        gain, recall = collection.quality(kind)
        assert least <= gain <= most + 0.02
        assert recall >= (0.0 if without else 0.97)


@pytest.mark.parametrize("text", [CHINESE, ENGLISH, f"{CHINESE}\n{ENGLISH}"])
def test_a_listing_in_both_languages_is_found_from_either_like_one_in_the_same_language(indexed: Any, text: str) -> None:
    both = listing(1, f"{CHINESE}\n{ENGLISH}")
    reader = indexed(both, listing(2, CHINESE), listing(3, ENGLISH), *(listing(n, "wheat seed 小麦种子") for n in range(4, 9)))
    hits = {hit.id.int: hit.score for hit in match(reader, listing(99, text, kind=Kind.NEED)).hits}
    assert set(hits) == {1, 2, 3}
    own = [number for number, said in ((2, CHINESE), (3, ENGLISH)) if said == text]
    assert [hits[number] for number in own] == [hits[1] for _ in own]
    assert hits[1] == max(hits.values())
    if own:
        assert min(hits.values()) < hits[1] * 0.8


def test_one_language_alone_is_ranked_as_without_a_glossary(indexed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [ENGLISH, "heat pump for houses", "boiler and pump", "wheat seed", "laser welding of steel"]
    reader = indexed(*(listing(number, text) for number, text in enumerate(texts, start=1)))
    need = listing(99, "heat pump and waste heat", kind=Kind.NEED)
    plain = match(reader, need)
    monkeypatch.setattr(ranking, "expansions", lambda *of: [])
    assert match(reader, need).hits == plain.hits
    assert match(reader, need).clauses == plain.clauses


@pytest.mark.parametrize(
    ("text", "adds"),
    [
        ("锂离子电池", "lithium ion batteri li"),  # the longest term, with all its forms
        ("电池和电池", "batteri batteri"),
        ("电池 batteries", ""),  # what is said needs no translation
        ("heat exchangers", "换热 热器 热交 交换 换器"),
        ("用于V2X", "车路 路协 协同"),
        ("小镇", ""),
    ],
)
def test_translations(text: str, adds: str) -> None:
    assert translations([analyze(text)]) == adds.split()


def test_a_field_is_near_itself_and_its_neighbours() -> None:
    assert code_tokens(("9", "8"), ("instruments",)) == [
        "field:9", "field:8", "near:9", "near:8", "near:1", "near:3", "sector:instruments",
    ]  # fmt: skip


def test_places_of_terms() -> None:
    text = "采用锂离子电池的无人机, 3D打印"
    assert [text[start:end] for _, start, end in places(text)] == ["锂离子电池", "无人机", "3D打印"]


def test_the_nearer_field_comes_first_and_a_near_one_alone_is_no_match(indexed: Any) -> None:
    codes = {1: "9", 2: "8", 3: "10", 4: "35", 5: "8", 6: "10", 7: "9", **dict.fromkeys(range(8, 20), "9")}
    said = {number: "alpha" if number < 5 else "omega" for number in codes}
    reader = indexed(*(listing(number, said[number], codes=(code,)) for number, code in codes.items()))
    hits = match(reader, listing(99, "alpha", kind=Kind.NEED, codes=("9",))).hits
    assert [hit.id.int for hit in hits[:4]] == [1, 2, 3, 4]
    assert len({hit.score for hit in hits[:4]}) == 4
    assert {hit.id.int for hit in hits[4:]} == set(range(7, 20))


@pytest.mark.parametrize(
    ("weight", "containing", "adds"),
    [(fields.SAME_FIELD, 30, 2.0946), (fields.NEAR, 90, 0.9614), (fields.SAME_SECTOR, 300, 0.2407)],
)
def test_worked_rows(weight: float, containing: int, adds: float) -> None:
    """The rows of docs/rules/matching.md, section 6: among 1,000 listings, in one of average length."""
    assert points(weight, containing, 1, length=20, of=Statistics(1_000, 20)) == pytest.approx(adds, abs=5e-5)


def test_reasons_across_languages_add_up_and_speak_the_readers_language(app: Any, indexed: Any) -> None:
    offer = listing(1, "本成果为高温热泵,回收余热", codes=("30",))
    near = listing(2, "热泵", codes=("27",))
    reader = indexed(offer, near, *(listing(number, "小麦", codes=("18",)) for number in range(3, 9)))
    matches = match(reader, listing(99, "heat pumps that use waste heat", kind=Kind.NEED, codes=("30",)))
    assert [hit.id.int for hit in matches.hits] == [1, 2]
    for hit, document in zip(matches.hits, (offer, near), strict=True):
        parts = {(part.field, part.token): part.points for part in contributions(matches, document)}
        assert parts == pytest.approx(explained(matches, document), rel=2e-6)
        assert sum(parts.values()) == pytest.approx(hit.score, rel=1e-4)
    why = reasons(matches, offer)
    assert why.words + why.pairs + why.titles + why.fields == pytest.approx(matches.hits[0].score, rel=1e-4)
    assert why.fields > 0
    assert {one.written for one in why.terms} == {
        "热泵", "余热", "Field: Thermal processes and apparatus", "Same sector: Mechanical engineering",
    }  # fmt: skip
    assert sum(one.share for one in why.terms) == pytest.approx(1, abs=1e-3)
    with app.test_request_context(), speaking("zh"):
        assert {"热工过程和器具", "机械工程"} <= {re.split("[：:] ?", one.written)[-1] for one in reasons(matches, offer).terms}


@pytest.mark.parametrize(
    ("token", "words"),
    [("field:9", "Field: Optics"), ("near:9", "Near the field: Optics"), ("sector:chemistry", "Same sector: Chemistry")],
)
def test_codes_in_words(token: str, words: str) -> None:
    assert fields.named(token) == words


@pytest.mark.parametrize("token", ["field:99", "optics", "", "sector:9"])
def test_what_no_classification_has_is_no_code(token: str) -> None:
    with pytest.raises(KeyError):
        fields.written(token, "en")


def test_a_term_is_marked_where_it_stands_in_the_other_language() -> None:
    text = "本成果为高温热泵,回收余热"
    shared = {translations([analyze(part)])[0] for part in ("热泵", "余热")}
    assert [text[start:end] for start, end in marks(text, shared)] == ["热泵", "余热"]



def test_a_long_text_leaves_room_for_its_field_and_its_terms(indexed: Any) -> None:
    common = " ".join(f"common{number}" for number in range(200))
    reader = indexed(
        listing(1, common, codes=("30",)), listing(2, "热泵和余热", codes=("30",)), *(listing(n, "小麦") for n in range(3, 9))
    )
    clauses = match(reader, listing(99, f"{common} heat pumps", kind=Kind.NEED, codes=("30",))).clauses
    assert {clause.token for clause in clauses if clause.field == "codes"} == {"field:30", "near:30", "sector:mechanical_engineering"}
    assert {clause.token for clause in clauses if clause.field == "translations"} == {"heat", "pump"}
    assert sum(clause.field == "words" for clause in clauses) == ranking.MOST_CLAUSES
