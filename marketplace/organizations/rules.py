"""When two organisations would bear the same name, and how an address is made of a name (docs/rules/names.md)."""

import hashlib
import re
import unicodedata
from urllib.parse import urlsplit

LONGEST_KEY = 240
RESERVED_SLUGS = frozenset({"new", "switch"})
_ALIKE = {
    # Cyrillic letters, by the look of the small or the capital form
    "а": "a", "в": "b", "ԁ": "d", "е": "e", "һ": "h", "н": "h", "і": "i", "ӏ": "i", "ј": "j", "к": "k", "м": "m", "о": "o",
    "р": "p", "ԛ": "q", "с": "c", "ѕ": "s", "т": "t", "ѵ": "v", "ԝ": "w", "х": "x", "у": "y", "ү": "y",
    # Greek letters, by the look of the capital form
    "α": "a", "β": "b", "ε": "e", "ζ": "z", "η": "h", "ι": "i", "κ": "k", "μ": "m", "ν": "n", "ο": "o", "ρ": "p", "τ": "t",
    "υ": "y", "χ": "x", "ϲ": "c", "ϳ": "j",
    # Latin letters that copy another
    "ı": "i", "ɑ": "a", "ɡ": "g", "ɩ": "i", "ȷ": "j",
}  # fmt: skip
_GREEK_SMALL = {"γ": "y", "η": "n", "μ": "u", "ν": "v", "σ": "o", "υ": "u", "ω": "w"}
ALIKE = str.maketrans(_ALIKE)
GREEK_SMALL_AMONG_LATIN = str.maketrans(_GREEK_SMALL)
_LATIN = re.compile(r"[A-Za-z]")
_INVISIBLE_MARKS = re.compile("[\u034f\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")


def fold_name(name: str) -> str:
    """What two spellings of one name share: NFKC, no case, letters, marks and digits only, look-alikes as Latin letters.

    At most 240 characters: a longer one ends in its SHA-256. Empty when the name holds no letter and no digit.
    """
    text = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", _INVISIBLE_MARKS.sub("", name)))
    if _LATIN.search(text):
        text = text.translate(GREEK_SMALL_AMONG_LATIN)
    text = unicodedata.normalize("NFKD", text.casefold()).casefold().translate(ALIKE)
    key = "".join(sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign)[0] in "LMN")
    if len(key) <= LONGEST_KEY:
        return key
    return key[: LONGEST_KEY - 64] + hashlib.sha256(key.encode()).hexdigest()


def fold_names(name_en: str | None, name_zh: str | None) -> tuple[str, str | None]:
    """The key of the first name (English, else Chinese) and of the other one, None when there is none or it is the same."""
    keys = [key for key in (fold_name(name) for name in (name_en, name_zh) if name) if key]
    first = keys[0] if keys else ""
    other = keys[1] if len(keys) > 1 and keys[1] != first else None
    return first, other


def slug_of(name: str | None, *, kind: str, key: str) -> str:
    """The wished-for address: the Latin letters and digits of the name, else its kind and eight hex digits of the key."""
    plain = unicodedata.normalize("NFKD", name or "").encode("ascii", "ignore").decode().lower()
    slug = "-".join(re.findall(r"[a-z0-9]+", plain.replace("'", "")))[:50].strip("-")
    if len(slug) < 2 or slug in RESERVED_SLUGS:
        return f"{kind}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"
    return slug


_WORD = re.compile(r"[^\W_]+")
_FILLING = frozenset(
    ["a", "an", "the", "of", "for", "and", "in", "at", "de", "la", "le", "des", "du", "der", "die", "das", "und", "et", "e", "y", "co", "company", "corp", "corporation", "inc", "incorporated", "ltd", "limited", "llc", "llp", "plc", "gmbh", "ag", "kg", "se", "sa", "sas", "sarl", "srl", "spa", "bv", "nv", "oy", "ab", "as", "aps", "pty", "pte", "kk", "limitada", "group", "holding", "holdings"]
)
_CHINESE_FORMS = re.compile("股份有限公司|有限责任公司|有限公司|集团公司|集团|公司$")


def name_words(name: str) -> str | None:
    """What two names share that say the same words in another order or with another legal form; None when nothing is left.

    At most 240 characters: a longer one ends in its SHA-256.
    """
    plain = _CHINESE_FORMS.sub("", unicodedata.normalize("NFKC", name))
    words = {fold_name(word) for word in _WORD.findall(plain) if word.casefold() not in _FILLING}
    key = " ".join(sorted(word for word in words if word))
    if len(key) > LONGEST_KEY:
        key = key[: LONGEST_KEY - 64] + hashlib.sha256(key.encode()).hexdigest()
    return key or None


def host_of(website: str | None) -> str | None:
    """The host of a web address, in lower case, without a leading www."""
    try:
        host = (urlsplit(website).hostname or "") if website else ""
    except ValueError:
        return None
    return host.removeprefix("www.").rstrip(".")[:LONGEST_KEY] or None
