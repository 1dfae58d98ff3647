"""Cuts text into the tokens that both sides of a match, and the catalogue's search, are compared by.

One analyzer for both languages. Words become lower-case Snowball English stems, without stop words and diacritics.
Runs of Chinese, Japanese or Korean characters become overlapping pairs of characters (bigrams): a segmenter has to
guess where words end, bigrams do not. Every form is taken after Unicode's compatibility normalisation (NFKC).
"""

import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby, pairwise

import Stemmer

STOP_WORDS = frozenset(
    """
    a about above after again against all also am an and any are as at be because been before being below between
    both but by can cannot could did do does doing down during each few for from further had has have having he her
    here hers him his how i if in into is it its itself just may me might more most must my no nor not of off on
    once only or other our ours out over own s same she should so some such t than that the their theirs them then
    there these they this those through to too under until up us very was we were what when where which while who
    whom why will with within without would you your yours
    """.split()  # noqa: SIM905  (a list of strings would fill a page)
)
LONGEST_TOKEN = 64  # characters; the index silently drops a term above 65,530 bytes

_CJK = (
    "\u3005\u3007\u3041-\u3096\u3099-\u309f\u30a1-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_RUN = re.compile(f"(?P<cjk>[{_CJK}]+)|(?:[^\\W_{_CJK}][\u0300-\u036f]*)+")  # combining marks continue a word
_ASCII_WORD = re.compile(r"[a-z0-9]+")
_ASCII_FORM = re.compile(r"[A-Za-z0-9]+")
_FIRST_CJK = "\u3005"
_REMEMBERED_WORDS = 200_000


class _Stems(dict[str, str]):
    """The token of each lower-case word, computed once; a stop word's is empty."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()  # a stemmer is not safe to share between threads
        self._stemmer = Stemmer.Stemmer("english", 0)

    def __missing__(self, word: str) -> str:
        with self._lock:
            token = "" if word in STOP_WORDS else str(self._stemmer.stemWord(word[:LONGEST_TOKEN]))
        if len(self) < _REMEMBERED_WORDS:
            self[word] = token
        return token


_STEMS = _Stems()


def analyze(text: str) -> list[str]:
    """Return the tokens of `text` in reading order: those of `spans`, several times faster."""
    return list(_analyzed(text))  # one's own to change


@lru_cache(maxsize=1_000)
def _analyzed(text: str) -> list[str]:
    """What is matched is analyzed several times over, and the same listings come up again and again."""
    if text.isascii():
        return _words(text)
    tokens: list[str] = []
    for ascii_only, chunks in groupby(text.split(), str.isascii):  # no run crosses white space
        if ascii_only:
            tokens += _words(" ".join(chunks))
        else:
            tokens += [token for chunk in chunks for token, _, _ in spans(chunk)]
    return tokens


def spans(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield each token with the characters of `text` it stands for: `(token, start, end)`; bigrams overlap."""
    for found in _RUN.finditer(text):
        start, end = found.span()
        run = found.group()
        if found["cjk"] is not None:
            yield from _bigrams(run, start)
        elif run.isascii():
            if token := _STEMS[run.lower()]:
                yield token, start, end
        else:
            for token in _folded(run):
                yield token, start, end


def by_script(tokens: list[str]) -> tuple[list[str], list[str]]:
    """Return the words among `tokens`, and the bigrams."""
    if not has_cjk(tokens):
        return tokens, []
    return [token for token in tokens if not is_cjk(token)], [token for token in tokens if is_cjk(token)]


def pairs(tokens: Sequence[str]) -> list[str]:
    """Return neighbouring words joined by an underscore: they tell *laser welding* from welding near a laser.

    Bigrams are pairs of characters already and make no pairs; joining them was measured to bring nothing.
    """
    if not has_cjk(tokens):
        return list(map("_".join, pairwise(tokens)))
    return [f"{left}_{right}" for left, right in pairwise(tokens) if not (is_cjk(left) or is_cjk(right))]


def characters(text: str) -> list[str]:
    """Return the single CJK characters of `text`, so that a search for one character finds the words it is in."""
    return [] if text.isascii() else list({character: None for run in _cjk_runs(text) for character in run})


def is_cjk(token: str) -> bool:
    """Whether `token` comes from a CJK run; words of every alphabet in use sort below those characters."""
    return token >= _FIRST_CJK


def has_cjk(tokens: Iterable[str]) -> bool:
    """Whether one of `tokens` comes from a CJK run: quicker than asking each."""
    return max(tokens, default="") >= _FIRST_CJK


def first_forms(text: str) -> dict[str, str]:
    """Return each token of `text` with the characters that it stands for where it stands first: as `spans`, several times faster."""
    tokens: list[str] = []
    found: list[str] = []
    for ascii_only, chunks in [(True, [text])] if text.isascii() else groupby(text.split(), str.isascii):
        if ascii_only:
            words = _ASCII_FORM.findall(" ".join(chunks))
            found += words
            tokens += map(_STEMS.__getitem__, map(str.lower, words))
        else:
            for chunk in chunks:
                for token, start, end in spans(chunk):
                    found.append(chunk[start:end])
                    tokens.append(token)
    first = dict(zip(reversed(tokens), reversed(found), strict=True))  # of equal keys the last one stays
    first.pop("", None)
    return first


def _words(text: str) -> list[str]:
    return [token for token in map(_STEMS.__getitem__, _ASCII_WORD.findall(text.lower())) if token]


def _cjk_runs(text: str) -> Iterator[str]:
    return (unicodedata.normalize("NFKC", run["cjk"]) for run in _RUN.finditer(text) if run["cjk"] is not None)


def _bigrams(run: str, start: int) -> Iterator[tuple[str, int, int]]:
    normal = unicodedata.normalize("NFKC", run)
    exact = len(normal) == len(run)  # half-width kana may join or split: then the whole run is the place
    if len(normal) == 1:
        yield normal, start, start + len(run)
        return
    for at in range(len(normal) - 1):
        yield normal[at : at + 2], *((start + at, start + at + 2) if exact else (start, start + len(run)))


def _folded(run: str) -> Iterator[str]:
    """Tokens of a word with letters outside ASCII: usually one; some compatibility forms hold several words."""
    plain = unicodedata.normalize("NFKD", run).casefold()
    plain = unicodedata.normalize("NFKC", "".join(mark for mark in plain if not unicodedata.combining(mark)))
    for word in re.findall(r"[^\W_]+", plain):
        if token := _STEMS[word]:
            yield token
