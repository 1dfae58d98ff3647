"""The taxonomy's own technical terms in both languages, each under the code it is characteristic of."""

from dataclasses import dataclass
from functools import cache

from marketplace.taxonomy.vocabularies import CHINA_FIELDS, SECTORS, WIPO_FIELDS, rows

BETWEEN_FORMS = "|"


@dataclass(frozen=True, slots=True)
class Concept:
    """What one term means: its forms in English and in Chinese, the usual one first.

    ``code`` is a WIPO field, or, for what several fields share, a sector or one of China's fields. A concept belongs to more
    fields than the one that it stands under; the code says where to look for it, not what a text with it is about.
    """

    code: str
    en: tuple[str, ...]
    zh: tuple[str, ...]


def read(lines: list[dict[str, str]]) -> tuple[Concept, ...]:
    """The concepts of rows of ``code,en,zh``, where forms stand between bars.

    Raises ValueError for an unknown code, a language without a form, a Chinese form of one character, which stands within
    too many words, and a form that stands twice: what has two translations has none.
    """
    known, seen = {*WIPO_FIELDS, *SECTORS, *CHINA_FIELDS}, set()
    concepts = []
    for row in lines:
        concept = Concept(row["code"], *(tuple(row[language].split(BETWEEN_FORMS)) for language in ("en", "zh")))
        if concept.code not in known:
            raise ValueError(f"unknown code: {row!r}")
        for form in (*concept.en, *concept.zh):
            if len(form) < 2 or form != form.strip():
                raise ValueError(f"not a term: {form!r} in {row!r}")
            if form.casefold() in seen:
                raise ValueError(f"stands twice: {form!r} in {row!r}")
            seen.add(form.casefold())
        concepts.append(concept)
    return tuple(concepts)


@cache
def concepts() -> tuple[Concept, ...]:
    """All concepts, in the order of the file."""
    return read(rows("terms"))
