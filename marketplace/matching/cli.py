"""Commands: the index, the matches of one listing, of all, and how good the ranking is."""

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup

from marketplace.core.errors import DomainError
from marketplace.fairs import queries as fairs
from marketplace.listings import indexing
from marketplace.listings.models import Kind
from marketplace.matching import feedback, gates, queries, rematching, replaying, shown, subjects, tasks
from marketplace.matching.api import matches_out
from marketplace.matching.evaluation import Unreadable
from marketplace.matching.evaluation import evaluate as evaluate_folder
from marketplace.matching.fitting import fitting
from marketplace.matching.ranking import compose, parted
from marketplace.search import opensearch
from marketplace.search.index import IndexUnusable

group = AppGroup("matching", help="Which achievements fit a need, and why.")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@group.command("rebuild")
@AS_JSON
def rebuild(as_json: bool) -> None:
    """Build the text index from the database; the old one serves until the new one is whole."""
    began = time.perf_counter()
    with click.progressbar(length=subjects.count(), label="Indexing", file=sys.stderr, hidden=as_json) as bar:
        held = indexing.rebuild(bar.update)
    seconds = round(time.perf_counter() - began, 2)
    click.echo(json.dumps({"listings": held, "seconds": seconds}) if as_json else f"{held} listings, {seconds} s")


@group.command("show")
@click.argument("reference", metavar="REF")
@click.option("--limit", type=click.IntRange(1, queries.MOST), default=10, show_default=True)
@AS_JSON
def show(reference: str, limit: int, as_json: bool) -> None:
    """The matches of the listing REF (such as N-2020-000213) with their reasons; milliseconds at the end."""
    try:
        subject = subjects.by_reference(reference)
        began = time.perf_counter()
        found = queries.find(subject, limit=limit)
    except DomainError as error:
        raise click.ClickException(f"{reference}: {error.detail}") from error
    took = round((time.perf_counter() - began) * 1000, 1)
    if as_json:
        click.echo(json.dumps(matches_out(found) | {"milliseconds": took}, default=str, ensure_ascii=False))
        return
    for made in found.matches:
        row, terms = made.row, " ".join(f"{term.written} {term.share:.0%}" for term in made.reasons.terms[:5])
        click.echo(f"{made.rank:3} {made.score:8.3f}  {row.reference}  {row.title_en or row.title_zh}\n{'':14}{terms}")
        click.echo("\n".join(f"{'':14}{shown.standing(line.status)}: {shown.said(line)}" for line in made.constraints))
    click.echo(f"{len(found.matches)} matches, {took} ms, ranking {found.version}, index {found.generation} at {found.seq}")


@group.command("explain")
@click.argument("reference", metavar="REF")
@click.argument("other", metavar="OTHER")
@AS_JSON
def explain(reference: str, other: str, as_json: bool) -> None:
    """What each term of the listing REF adds to the score of the listing OTHER, such as N-2020-000213 and A-2020-004711."""
    asking, answering = (_subject(name) for name in (reference, other))
    if asking.kind is answering.kind:
        raise click.ClickException(f"{reference} and {other} are of the same kind.")
    try:
        found = replaying.explain(indexing.reader(), asking.document, answering.document)
    except IndexUnusable as error:
        raise click.ClickException(f"{error}; build it with: flask matching rebuild") from error
    if as_json:
        click.echo(json.dumps(asdict(found), ensure_ascii=False))
        return
    for part in found.parts:
        click.echo(f"{part.points:9.4f}  {part.field:12} {part.token} x {part.count}{' (said by what fits best)' if part.heard else ''}")
    click.echo(f"{found.score:9.5g}  ranking {found.version}")


@group.command("evaluate")
@click.argument("folders", metavar="DIR...", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--changes", type=click.FloatRange(0, 0.5), default=0.0, help="Measure again after this share of the listings changed without a rebuild.")
@AS_JSON
def evaluate(folders: tuple[Path, ...], changes: float, as_json: bool) -> None:
    """Ranking quality (nDCG@10) on folders of needs with known answers, by the product's own index and query."""
    results = []
    for folder in folders:
        try:
            result = evaluate_folder(folder, changes=changes)
        except Unreadable as error:
            raise click.ClickException(f"{folder}: {error}") from error
        facts = {"name": result.name, "ndcg10": round(result.ndcg10, 4), "queries": result.queries}
        if result.changed_ndcg10 is not None:
            facts["changed_ndcg10"] = round(result.changed_ndcg10, 4)
        results.append(facts)
        if not as_json:
            changed = f", after changes {result.changed_ndcg10:.4f}" if result.changed_ndcg10 is not None else ""
            click.echo(f"{result.name:20} nDCG@10 {result.ndcg10:.4f}{changed}  {result.queries} needs")
    if as_json:
        click.echo(json.dumps(results))


@group.command("all")
@click.option("--fair", "slug", help="Only listings of this fair, by its slug; nothing is stored.")
@click.option("--limit", type=click.IntRange(1, queries.MOST), default=10, show_default=True, help="Matches counted of each need.")
@click.option("--shards", type=click.IntRange(1, tasks.MOST_SHARDS), help="Promise it in so many jobs to the workers, and return at once.")
@AS_JSON
def match_all(slug: str | None, limit: int, shards: int | None, as_json: bool) -> None:
    """Match every public need with all achievements and store the best; says how many have a match, and how long it took."""
    if shards:
        if slug:
            raise click.UsageError("--shards match everything: leave --fair out.")
        jobs = len(tasks.enqueue_shards(shards))
        click.echo(json.dumps({"jobs": jobs}) if as_json else f"{jobs} {'job waits' if jobs == 1 else 'jobs wait'} for the workers; see: flask matching status")
        return
    began = time.perf_counter()
    try:
        found = _of_fair(slug, limit) if slug else _stored(limit)
    except DomainError as error:
        raise click.ClickException(str(error.detail)) from error
    except IndexUnusable as error:
        raise click.ClickException(f"{error}; build it with: flask matching rebuild") from error
    needs, matched = len(found), sum(count > 0 for count in found)
    facts = {"needs": needs, "matched": matched, "without": needs - matched, "matches": sum(found), "seconds": round(time.perf_counter() - began, 2)}
    facts["stored"] = 0 if slug else needs
    click.echo(json.dumps(facts) if as_json else "{needs} needs: {matched} with matches, {without} without; {matches} matches, {seconds} s; {stored} stored".format(**facts))


@group.command("status")
@AS_JSON
def status(as_json: bool) -> None:
    """How far the stored matches are behind the index, and what still waits."""
    try:
        facts = asdict(rematching.status()) | {"jobs": tasks.waiting_shards()}
    except IndexUnusable as error:
        raise click.ClickException(f"{error}; build it with: flask matching rebuild") from error
    said = "{current} of {needs} public needs matched as the index and the ranking are now, {stored} ever; {matches} matches stored"
    waiting = "{waiting} changed listings and {jobs} jobs wait"
    click.echo(json.dumps(facts) if as_json else f"{said}\n{waiting}".format(**facts))


def _stored(limit: int) -> list[int]:
    """How many matches, at most `limit`, each public need has, all of them stored anew."""
    found: list[int] = []
    rematching.everything(lambda lists: found.extend(min(len(one.matches), limit) for one in lists))
    return found


def _of_fair(slug: str, limit: int) -> list[int]:
    """How many matches each need of a fair has among its achievements."""
    needs = subjects.public(Kind.NEED, fair=fairs.by_slug(slug))
    return [len(fitting(indexing.reader(), need, limit=limit, fair=slug).hits) for need in needs]


def _subject(reference: str) -> subjects.Subject:
    try:
        return subjects.by_reference(reference)
    except DomainError as error:
        raise click.ClickException(f"{reference}: {error.detail}") from error


@group.command("outcomes")
@AS_JSON
def outcomes(as_json: bool) -> None:
    """What organisations said of pairs and what came of them, with the place that the ranking gave: one line each; no names."""
    for row in feedback.learning_rows():
        line = json.dumps(row, default=str) if as_json else "  ".join("-" if value is None else str(value) for value in row.values())
        click.echo(line)


@group.command("opensearch")
@click.option("--mapping", "what", flag_value="mapping", default=True, help="Settings and mappings of an index (the default).")
@click.option("--documents", "what", flag_value="documents", help="Every public listing, as lines for _bulk.")
@click.option("--query", "reference", metavar="REF", help="The search for the matches of the listing REF.")
def as_opensearch(what: str, reference: str | None) -> None:
    """The same documents and query as JSON of OpenSearch, for whoever outgrows one machine."""
    if reference is not None:
        listing = _subject(reference).document
        try:
            snapshot = indexing.reader().snapshot(listing.kind.other)
        except IndexUnusable as error:
            raise click.ClickException(f"{error}; build it with: flask matching rebuild") from error
        deciding, near = parted(listing, compose(snapshot, listing))
        _line(opensearch.query(deciding, near, conditions=gates.conditions(listing, opensearch.Parts)))
    elif what == "documents":
        for kind in Kind:
            for document in subjects.public(kind):
                for line in opensearch.bulk(document):
                    _line(line)
    else:
        _line(opensearch.mapping())


def _line(value: dict[str, Any]) -> None:
    click.echo(json.dumps(value, ensure_ascii=False))


def register(app: Flask) -> None:
    app.cli.add_command(group)
