"""The commands, and that they rank as the measured engine does."""

import json

import pytest
from sqlalchemy import update

from marketplace.core.db import db, transaction
from marketplace.core.jobs import sweep
from marketplace.listings import indexing
from marketplace.listings.models import Kind, ListingVersion
from marketplace.matching import evaluation
from tests.listings.factories_listings import listing_of, published
from tests.matching.factories_matching import Sides

TEXTS = [
    "Laser welding of thin steel sheets in one pass",
    "A laser that cuts steel pipes under water",
    "Welding robots learn from a human hand",
    "Seeds of wheat that endure drought and salt",
    "Steel from hydrogen in an electric furnace",
    "激光焊接薄钢板",
    "Water treatment by thin membranes",
    "Steel, steel and steel again: recycling of scrap",
]
NEEDS = ["We weld thin steel with a laser", "钢板焊接", "drought resistant wheat", "recycling scrap steel in a furnace, steel only"]


def flask(app, *arguments):
    result = app.test_cli_runner().invoke(args=["matching", *arguments])
    return result.exit_code, result.output


def test_show_gives_the_order_of_evaluate_for_the_same_texts(app, sides, tmp_path, monkeypatch):
    """`evaluate` measures what `show` and the pages show: the product's own index, analyzer and query."""
    folder = tmp_path / "collection"
    folder.mkdir()
    (folder / "docs.jsonl").write_text("\n".join(json.dumps({"id": str(n), "title": text, "text": text}) for n, text in enumerate(TEXTS)))
    (folder / "queries.jsonl").write_text("\n".join(json.dumps({"id": str(n), "text": text}) for n, text in enumerate(NEEDS)))
    (folder / "qrels.tsv").write_text("\n".join(f"{n}\t{row}\t1" for n in range(len(NEEDS)) for row in range(len(TEXTS))))
    measured = []
    ndcg = evaluation.ndcg
    monkeypatch.setattr(evaluation, "ndcg", lambda found, relevant: measured.append(found) or ndcg(found, relevant))
    code, output = flask(app, "evaluate", str(folder), "--json")
    assert (code, json.loads(output)[0]["queries"]) == (0, len(NEEDS))

    offered = [published_reference(sides.agency, Kind.ACHIEVEMENT, text, text) for text in TEXTS]
    wanted = [published_reference(sides.company, Kind.NEED, "Our own", text) for text in NEEDS]  # a title of stop words
    with transaction():
        db.session.execute(update(ListingVersion).values(summary_en=None, technology_codes=[]))  # the collections have none
    flask(app, "rebuild")
    shown = []
    for reference in wanted:
        code, output = flask(app, "show", reference, "--json")
        assert code == 0, output
        shown.append([str(offered.index(row["achievement"]["reference"])) for row in json.loads(output)["rows"]])
    assert shown == measured
    assert [order[0] for order in shown] == ["0", "5", "3", "7"]
    assert max(len(order) for order in shown) >= 4


def published_reference(market, kind, title, description):
    with transaction():
        return listing_of(published(market, kind, title_en=title, description_en=description, trl=9)).reference


def test_show_prints_reasons_and_milliseconds(app, sides):
    sides.achievement("Laser welding", trl=7)
    need = sides.need("Laser welding", min_trl=6)
    code, output = flask(app, "show", need.reference)
    assert code == 0
    assert "Laser welding" in output
    assert "Met: TRL 7, asked for 6" in output
    assert " ms, ranking " in output


def test_show_knows_drafts_and_names_what_it_does_not_know(app, sides):
    sides.achievement("Laser welding")
    assert "1 matches" in flask(app, "show", sides.draft_need("Laser welding").reference)[1]
    code, output = flask(app, "show", "N-1999-000001")
    assert code == 1
    assert "N-1999-000001" in output


def test_all_matches_every_public_need(app, sides):
    sides.achievement("Laser welding")
    for text in ("Laser", "Welding", "Wheat"):
        sides.need(text)
    sides.draft_need("Laser")
    code, output = flask(app, "all", "--json")
    facts = json.loads(output)
    assert (code, facts.pop("seconds") >= 0) == (0, True)
    assert facts == {"needs": 3, "matched": 2, "without": 1, "matches": 2, "stored": 3}
    assert json.loads(flask(app, "all", "--json", "--fair", sides.agency.fair.slug)[1])["matched"] == 2
    assert flask(app, "all", "--fair", "nowhere")[0] == 1


def test_shards_are_jobs_whose_progress_is_told(app, sides):
    sides.achievement("Laser welding")
    sides.need("Laser")
    sides.need("Welding")
    assert json.loads(flask(app, "all", "--shards", "3", "--json")[1]) == {"jobs": 3}
    waiting = json.loads(flask(app, "status", "--json")[1])
    assert waiting == {"needs": 2, "stored": 0, "current": 0, "waiting": 3, "matches": 0, "jobs": 3}
    sweep()
    assert "2 of 2 public needs" in flask(app, "status")[1]
    assert json.loads(flask(app, "status", "--json")[1])["jobs"] == 0
    assert flask(app, "all", "--shards", "3", "--fair", sides.agency.fair.slug)[0] == 2


def test_all_counts_only_what_the_fair_shows(app, sides):
    elsewhere = Sides()
    elsewhere.achievement("Laser welding")
    sides.need("Laser welding")
    assert json.loads(flask(app, "all", "--json", "--fair", sides.agency.fair.slug)[1])["without"] == 1
    assert json.loads(flask(app, "all", "--json")[1])["matched"] == 1


def test_rebuild_builds_a_missing_index(app, sides):
    sides.achievement("Laser welding")
    sides.need("Laser welding")
    (indexing.root() / "current").unlink()
    app.extensions.pop("index_reader")
    code, output = flask(app, "all")
    assert code == 1
    assert "flask matching rebuild" in output
    code, output = flask(app, "rebuild", "--json")
    assert (code, json.loads(output)["listings"]) == (0, 2)
    assert flask(app, "all")[0] == 0


@pytest.mark.parametrize("line", ["not json", '{"id": 1}', '["id"]'])
def test_evaluate_names_the_line_that_it_cannot_read(app, tmp_path, line):
    (tmp_path / "docs.jsonl").write_text(line)
    (tmp_path / "queries.jsonl").write_text('{"id": "1", "text": "laser"}')
    (tmp_path / "qrels.tsv").write_text("1\t1\t1")
    code, output = flask(app, "evaluate", str(tmp_path))
    assert code == 1
    assert str(tmp_path) in output


def test_explain_gives_the_parts_of_the_score_that_show_gives(app, sides):
    offer = sides.achievement("Laser welding")
    need = sides.need("Laser welding of steel")
    code, output = flask(app, "show", need.reference, "--json")
    (shown,) = json.loads(output)["rows"]
    code, output = flask(app, "explain", need.reference, offer.reference, "--json")
    found = json.loads(output)
    assert (code, found["score"]) == (0, pytest.approx(shown["score"], rel=2e-5))
    assert sum(part["points"] for part in found["parts"]) == pytest.approx(found["score"], rel=1e-4)
    code, output = flask(app, "explain", need.reference, offer.reference)
    assert (code, output.splitlines()[-1].split()[1:3]) == (0, ["ranking", found["version"]])
    for other in (need.reference, "A-2020-999999"):
        code, output = flask(app, "explain", need.reference, other)
        assert (code, "same kind" in output or "A-2020-999999" in output) == (1, True)


def test_opensearch_prints_mapping_documents_and_query(app, sides):
    offered, wanted = sides.achievement("Laser welding", trl=7), sides.need("Laser welding", min_trl=6)
    mapping, lines = (flask(app, "opensearch", *options)[1] for options in ((), ("--documents",)))
    fields = json.loads(mapping)["mappings"]["properties"]
    first, second = [json.loads(line) for line in lines.splitlines()][:2]
    assert (first["index"]["_index"], first["index"]["_id"]) == ("achievements", str(offered.id))
    assert set(second) == set(fields)
    code, output = flask(app, "opensearch", "--query", wanted.reference)
    asked = json.loads(output)["query"]["bool"]
    assert (code, {"terms": {"deal_kinds": ["licence", "unknown"]}} in asked["filter"]) == (0, True)
    assert any(clause["term"].get("words", {}).get("value") == "laser" for clause in asked["must"][0]["bool"]["should"])
    assert flask(app, "opensearch", "--query", "N-1999-000001")[0] == 1
    assert flask(app, "opensearch", "--query", "")[0] == 1
