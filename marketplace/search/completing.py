"""What may be meant by the beginning of a search: terms of the taxonomy and words of public listings that find something, and titles."""

import re
from functools import cache
from uuid import UUID

from tantivy import Occur, Query

from marketplace.search import spelling
from marketplace.search.analysis import analyze, is_cjk
from marketplace.search.catalogue import Filters, selection
from marketplace.search.clauses import exactly, weighed
from marketplace.search.composing import understood
from marketplace.search.documents import SCHEMA
from marketplace.search.reader import Snapshot
from marketplace.taxonomy.terms import concepts

SHORTEST = 2  # characters, but for Chinese
_LAST = re.compile(r"[^\W\d_]+$")
_LOOKED_AT = 12


def terms(snapshot: Snapshot, typed: str, *, limit: int) -> list[str]:
    """Return terms of the taxonomy, in either language, one of whose words begins as `typed`, and that find something."""
    sought = " ".join(typed.casefold().split())
    if len(sought) < SHORTEST and not is_cjk(sought):
        return []
    beginning = re.compile(rf"(?<![a-z0-9]){re.escape(sought)}")
    found = [form for folded, form in _forms() if (sought in folded if is_cjk(sought) else beginning.search(folded))]
    found.sort(key=lambda form: (not form.casefold().startswith(sought), len(form), form))
    return [form for form in found[:_LOOKED_AT] if _finds(snapshot, form)][:limit]


def words(snapshot: Snapshot, typed: str, *, limit: int) -> list[str]:
    """Return `typed` with its last word completed to words that public listings say, what finds most first."""
    last = _LAST.search(typed)
    if last is None or len(last.group()) < SHORTEST or is_cjk(last.group()):
        return []
    before, begun = typed[: last.start()], last.group().lower()
    every = snapshot.once(("begun", begun), lambda: snapshot.searcher.terms_with_prefix("spelled", begun, limit=_LOOKED_AT))
    found = {before + word: _finds(snapshot, before + word) for word, _ in every if spelling.holding(snapshot, (analyze(word) or [""])[0])}
    return sorted((text for text, total in found.items() if total), key=lambda text: -found[text])[:limit]


def titled(snapshot: Snapshot, typed: str, *, limit: int) -> list[UUID]:
    """Return the newest listings whose title has every word of `typed`, the last one at least begun."""
    tokens, last = analyze(typed), _LAST.search(typed)
    if not tokens:
        return []
    clauses = [(Occur.Must, weighed("title", token, 1.0)) for token in tokens]
    if last is not None and not is_cjk(last.group()) and len(last.group()) >= SHORTEST and last.group().isascii():
        whole = weighed("title", tokens[-1], 1.0)
        begun = Query.regex_query(SCHEMA, "title", f"{last.group().lower()}.*")
        either = Query.boolean_query([(Occur.Should, whole), (Occur.Should, begun)])
        clauses = [*((Occur.Must, weighed("title", token, 1.0)) for token in tokens[:-1]), (Occur.Must, either)]
    query = Query.boolean_query([*clauses, (Occur.Must, exactly("listing", "yes"))])
    return [id for _, id, _ in snapshot.search(query, limit, order_by="num")]


def _finds(snapshot: Snapshot, text: str) -> int:
    """How many listings a search for `text` finds."""
    return snapshot.once(("finds", text), lambda: snapshot.count(selection(understood(snapshot, text), Filters())))


@cache
def _forms() -> tuple[tuple[str, str], ...]:
    return tuple((form.casefold(), form) for concept in concepts() for form in (*concept.en, *concept.zh))
