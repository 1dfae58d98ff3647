"""A listing as the index knows it: which text is ranked, which codes are filtered and counted."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from importlib.metadata import version
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID
from zlib import crc32

import tantivy

from marketplace.search.analysis import STOP_WORDS, analyze, by_script, characters, pairs
from marketplace.search.bands import band
from marketplace.search.glossary import code_tokens, translations
from marketplace.taxonomy.terms import concepts

FORMAT = 3  # raise it when documents of an older index must be built again for a reason `VERSION` does not see
UNKNOWN = "unknown"  # what a code field holds when the listing leaves it open, so that one set of terms finds both
ANY = "any"  # what `countries_wanted` holds when the listing takes every country
STATE_ID = "state"
LARGEST = 2**63 - 1
GIST_WORDS = 64  # what a listing says first is enough to tell what it has in common with others
LONGEST_SPELLED = 30
_PAIR_BUCKETS = 2**22  # four million short names in place of the pairs make a merge of segments twice as fast


class Kind(StrEnum):
    """The two sides of a match."""

    ACHIEVEMENT = "achievement"
    NEED = "need"

    @property
    def other(self) -> "Kind":
        """The side this one is matched against."""
        return Kind.NEED if self is Kind.ACHIEVEMENT else Kind.ACHIEVEMENT


class Parameter(NamedTuple):
    """One measurable row, as it was written: of a need what must be met, of an achievement what it reaches.

    `operator` is ``>=``, ``<=``, ``=`` or ``between``; `value` and `upper` are decimal text, `upper` of a range only.
    """

    name: str
    operator: str
    value: str
    upper: str | None = None
    unit: str | None = None

    @property
    def condition(self) -> str:
        """What stands behind the name: ``>= 150 °C``, ``= 92 %``, ``= 20..180 °C`` for a range."""
        values = f"= {self.value}..{self.upper}" if self.upper is not None else f"{self.operator} {self.value}"
        return f"{values} {self.unit}" if self.unit else values


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingDocument:
    """What the index needs of one listing. Hand over only what any visitor may see: everything here moves a score,
    a gate or a count.

    `num` grows with publication and is unique: newest first is largest first. `trl` is the level an achievement has
    reached or the floor a need asks for, 1-9, 0 when unknown. `amount_minor` is the lowest price of an achievement or
    the highest budget of a need, in minor units of the one currency in which amounts are compared. `names` are
    searched but never matched: references, the organisation, the source firm. `exclusivity` is how far at most a
    licence goes, or how far at least it must; `closes` the last day on which the listing stands. `parameters` are
    compared by whoever reads the listing: the index cannot.
    """

    id: UUID
    num: int
    kind: Kind
    titles: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    trl: int = 0
    deal_kinds: tuple[str, ...] = ()
    country: str = ""
    countries_wanted: tuple[str, ...] = ()
    countries_excluded: tuple[str, ...] = ()
    amount_minor: int | None = None
    exclusivity: str = ""
    languages: tuple[str, ...] = ()
    closes: date | None = None
    parameters: tuple[Parameter, ...] = ()
    fields: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    ip_status: str = ""
    organization: str = ""
    fairs: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    year: int = 0

    def ranked(self, *, translated: bool = True) -> dict[str, list[str]]:
        """Tokens by the ranked field that holds them; those of `translations`, which take as long as all others, if `translated`.

        Words and bigrams are apart because BM25 divides by length: in one field, a listing written in both languages
        would count half as much as the same listing written in one. `translations` are what a listing in the other
        language would say in place of the glossary's terms, unless the listing says that itself.
        """
        parts = [analyze(text) for text in (*self.titles, *self.texts)]
        words, bigrams = by_script(list(chain.from_iterable(parts)))
        return {
            "words": words,
            "bigrams": bigrams,
            "pairs": list(chain.from_iterable(map(pairs, parts))),
            "title": list(chain.from_iterable(parts[: len(self.titles)])),
            "codes": code_tokens(self.fields, self.sectors),
            "translations": translations(parts) if translated else [],
        }


RANKED = ("words", "bigrams", "pairs", "title", "codes", "translations")
CODES = (
    "listing", "deal_kinds", "country", "countries_wanted", "countries_excluded", "amount", "fields", "sectors",
    "ip_status", "organization", "fairs", "segments", "exclusivity", "languages", "price",
)  # fmt: skip
NUMBERS = ("num", "id_high", "id_low", "trl", "amount_minor", "year", "closes")  # the id as two: read without the store
ORDERS = ("cheapest", "soonest")  # largest first is least first, and what is not known stands last
SPELLED = re.compile(r"[a-z\u00df-\u024f\u0370-\u052f]{3,}")  # Latin, Greek, Cyrillic: what a misspelt word may have meant


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("state", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_bytes_field("gist", stored=True, indexed=False, fast=False)
    for name in (*RANKED, "names"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("characters", tokenizer_name="whitespace", index_option="basic")
    for name in CODES:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in NUMBERS:
        builder.add_unsigned_field(name, indexed=True, fast=True)
    for name in ORDERS:
        builder.add_unsigned_field(name, indexed=False, fast=True)
    builder.add_text_field("spelled", tokenizer_name="whitespace", index_option="basic")
    return builder.build()


SCHEMA = _schema()


def term(field: str, token: str) -> str:
    """Return how the ranked `field` holds `token`: pairs by one of four million buckets, whose collisions cost no
    measurable quality, all else as it is."""
    return hex(crc32(token.encode()) % _PAIR_BUCKETS)[2:] if field == "pairs" else token


def terms(field: str, tokens: list[str]) -> list[str]:
    """Return how the ranked `field` holds each of `tokens`."""
    return [hex(crc32(token.encode()) % _PAIR_BUCKETS)[2:] for token in tokens] if field == "pairs" else tokens


def listing_document(listing: ListingDocument) -> tantivy.Document:
    """Return the index document of `listing`; raises ValueError when a value does not fit its field."""
    return _document(values(listing))


def values(listing: ListingDocument) -> dict[str, Any]:
    """Return what the index holds of `listing`, by field: tokens between spaces, codes and numbers."""
    high, low = divmod(listing.id.int, 2**64)
    tokens_of = listing.ranked()
    ranked = {name: " ".join(terms(name, tokens)) for name, tokens in tokens_of.items()}
    return (
        ranked
        | {
            "id": str(listing.id),
            "gist": gist(tokens_of["words"]),
            "id_high": high,
            "id_low": low,
            "num": listing.num,
            "listing": "yes",
            "names": " ".join(chain.from_iterable(_named(name) for name in listing.names)),
            "spelled": " ".join(_spelled(listing)),
            "characters": " ".join(_characters(listing)),
            "trl": listing.trl,
            "year": listing.year,
            "amount": UNKNOWN if listing.amount_minor is None else "known",
            "amount_minor": min(listing.amount_minor or 0, LARGEST),
            "price": UNKNOWN if listing.amount_minor is None else band(listing.amount_minor),
            "cheapest": 0 if listing.amount_minor is None else max(LARGEST - listing.amount_minor, 1),
            "soonest": LARGEST - listing.closes.toordinal() if listing.closes else 0,
            "deal_kinds": _codes(listing.deal_kinds),
            "exclusivity": listing.exclusivity or UNKNOWN,
            "languages": _codes(listing.languages),
            "closes": listing.closes.toordinal() if listing.closes else 0,
            "country": listing.country or UNKNOWN,
            "countries_wanted": list(listing.countries_wanted) or [ANY],
            "countries_excluded": list(listing.countries_excluded),
            "fields": _codes(listing.fields),
            "sectors": _codes(listing.sectors),
            "ip_status": listing.ip_status or UNKNOWN,
            "organization": listing.organization or UNKNOWN,
            "fairs": list(listing.fairs),
            "segments": list(listing.segments),
        }
    )


def gist(words: Iterable[str]) -> bytes:
    """Return the first GIST_WORDS different ones of `words` with how often each is said, to be read back by `gist_of`."""
    counts = list(Counter(words).items())[:GIST_WORDS]
    return " ".join(token if count == 1 else f"{token}={count}" for token, count in counts).encode()


def gist_of(stored: bytes) -> list[tuple[str, int]]:
    """Return the words that `gist` kept, each with how often the whole text says it."""
    cut = (part.partition("=") for part in stored.decode().split())
    return [(token, int(count or 1)) for token, _, count in cut]


def state_document(state: str) -> tantivy.Document:
    """Return the one document that is no listing: it holds `state`, committed together with the changes it counts."""
    return _document({"id": STATE_ID, "state": state})


def _document(values: dict[str, Any]) -> tantivy.Document:
    # Only with the schema does a wrong type raise here; otherwise a later commit loses the whole batch.
    return tantivy.Document.from_dict(values, SCHEMA)


def _codes(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values)) or [UNKNOWN]


def _named(name: str) -> list[str]:
    """The tokens of a name and its pairs, so that a phrase is found in it: no token of a text has an underscore."""
    tokens = analyze(name)
    return tokens + pairs(tokens)


def _spelled(listing: ListingDocument) -> Iterable[str]:
    """The words of a listing as they are written, in lower case, each once."""
    text = " ".join((*listing.titles, *listing.texts, *listing.names)).lower()
    return (word for word in dict.fromkeys(SPELLED.findall(text)) if len(word) <= LONGEST_SPELLED and word not in STOP_WORDS)


def _characters(listing: ListingDocument) -> Iterable[str]:
    return dict.fromkeys(
        character for text in (*listing.titles, *listing.texts, *listing.names) for character in characters(text)
    )


def _version() -> str:
    """Fingerprint of what decides how a listing is written: an index with another one must be built again."""
    probe = ListingDocument(
        id=UUID(int=2**64 + 1),
        num=1,
        kind=Kind.NEED,
        titles=("The Müller lasers' \uff37\uff25\uff2c\uff24 of 3D-printed parts",),
        texts=("5G网络的传感器 铜 ｶﾞﾗｽ Ⅳ generalisations of welding parts, naïve running",),
        names=("N-2020-000001",),
        countries_excluded=("XX",),
        fields=("13",),
        sectors=("C10",),
        fairs=("fair",),
        segments=("segment",),
    )
    parts = (FORMAT, RANKED, CODES, NUMBERS, ORDERS, sorted(STOP_WORDS), concepts(), listing_document(probe).to_dict(), version("tantivy"))
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


VERSION = _version()
