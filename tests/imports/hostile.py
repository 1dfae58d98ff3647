"""Files made to harm, by seed: fuzzed from good ones, bombs, foreign names, depths and widths. The same seed gives the same files."""

import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable, Iterator

from tests.imports.handing_in import csv_of, jsonl_of, xlsx_of

FOREIGN = "01a203c1-1696-74e6-93f8-a8b2147141f0"
GOOD = [
    {"external_id": f"g{number}", "title_en": f"Heat pump number {number} for steam", "description_en": 'It "lifts", waste heat;\nmuch of it.', "trl": number % 9 + 1,
     "technology_codes": "30 26", "country": "DE", "valid_until": "2030-01-31"}
    for number in range(12)
]  # fmt: skip
SHEET = "xl/worksheets/sheet1.xml"


def _flipped(content: bytes, chance: random.Random) -> bytes:
    found = bytearray(content)
    for _ in range(chance.choice((1, 3, 20, 200))):
        found[chance.randrange(len(found))] ^= 1 << chance.randrange(8)
    return bytes(found)


def _cut(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(1, len(content))]


def _spliced(content: bytes, chance: random.Random) -> bytes:
    """Something else in the middle."""
    at = chance.randrange(len(content))
    inside = chance.choice((b"\0" * 9, b'"', b'"""', b"\r", b"\xff\xfe", b"PK\x03\x04", b"%PDF-1.7", b"<script>alert(1)</script>", "＝1+1".encode(), b"{" * 5000, b"," * 20_000))
    return content[:at] + inside + content[at:]


def _doubled(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(content))
    return content[:at] + content[at // 2 :]


MUTATIONS: tuple[Callable[[bytes, random.Random], bytes], ...] = (_flipped, _cut, _spliced, _doubled)


def _repacked(change: Callable[[dict[str, bytes]], dict[str, bytes]]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(xlsx_of(GOOD))) as book:
        parts = change({name: book.read(name) for name in book.namelist()})
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, part in parts.items():
            book.writestr(name, part)
    return out.getvalue()


def _cells(**changes: object) -> list[dict[str, object]]:
    return [GOOD[0] | changes, GOOD[1]]


def made(bomb_bytes: int) -> Iterator[tuple[str, bytes]]:
    """Those with a name."""
    formulas = [GOOD[0] | {"external_id": f"f{n}", "title_en": f"{sign}HYPERLINK(1) and more {n}"} for n, sign in enumerate(("=", "+", "-", "@", "\t=", "＝", "'="))]
    yield "formulas.csv", csv_of(formulas)
    yield "foreign ids.csv", csv_of(_cells(organization=FOREIGN, organization_id=FOREIGN, id=FOREIGN, reference="A-2020-000001", segment="nowhere"))
    yield "foreign owner.jsonl", jsonl_of(_cells(organization_id=FOREIGN, shown_owner_id=FOREIGN, public_number=1, reserved={"x": 1}, files=[{"file": FOREIGN}], kind="need"))
    yield "canary.csv", csv_of(_cells(external_id="CANARY-OF-OTHERS"))
    yield "wide.csv", (",".join(f"c{n}" for n in range(16_384)) + "\n").encode()
    yield "one long cell.csv", csv_of(_cells(description_en="x" * 3_000_000))
    yield "nul.csv", csv_of(_cells(title_en="a\0b"))
    yield "surrogate.jsonl", b'{"title": "\\ud800", "description": "x"}\n'
    yield "deep.jsonl", b'{"title": ' + b"[" * 50_000 + b"]" * 50_000 + b"}\n"
    yield "deep objects.jsonl", b'{"a":' * 20_000 + b"1" + b"}" * 20_000
    yield "many names.jsonl", json.dumps({f"k{n}": n for n in range(30_000)}).encode()
    yield "wrong types.jsonl", jsonl_of([{"title": [1], "description": {"a": 1}, "trl": True, "country": 7, "parameters": 3, "ip_rights": "x", "levels": [1], "technology_codes": {"a": 1}, "external_id": {}}])
    yield "huge numbers.jsonl", b'{"title": "A", "description": "B", "trl": 1' + b"0" * 4000 + b"}\n"
    yield "bomb.jsonl.gz", gzip.compress(b'{"title": "A"}\n' + b" " * bomb_bytes, compresslevel=1)
    yield "polyglot.xlsx", xlsx_of(GOOD) + b"<html><script>alert(1)</script>"
    yield "polyglot.csv", csv_of(GOOD) + xlsx_of(GOOD)
    yield "before.xlsx", b"<html>" + xlsx_of(GOOD)
    yield "10,000 entries.xlsx", _repacked(lambda parts: parts | {f"x/{n}": b"" for n in range(10_000)})
    yield "bomb.xlsx", _repacked(lambda parts: parts | {"xl/media/image1.png": bytes(bomb_bytes)})
    yield "traversal.xlsx", _repacked(lambda parts: parts | {"../../../../tmp/owned": b"x"})
    yield "entities.xlsx", _repacked(lambda parts: parts | {SHEET: b'<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + parts[SHEET]})
    yield "laughs.xlsx", _repacked(lambda parts: parts | {"xl/sharedStrings.xml": b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><sst>&b;</sst>'})
    yield "far cell.xlsx", _repacked(lambda parts: parts | {SHEET: parts[SHEET].replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>')})
    yield "no sheet.xlsx", _repacked(lambda parts: {name: part for name, part in parts.items() if name != SHEET})
    yield "empty parts.xlsx", _repacked(lambda parts: dict.fromkeys(parts, b""))


def files(count: int, seed: int = 2020, *, bomb_bytes: int = 230_000_000) -> Iterator[tuple[str, bytes]]:
    """``count`` files with their names: those of `made`, then mutations of good ones of each form."""
    chance, done = random.Random(seed), 0  # nosec B311: no secret
    for each in made(bomb_bytes):
        if done < count:
            done += 1
            yield each
    bases = (("csv", csv_of(GOOD)), ("xlsx", xlsx_of(GOOD)), ("jsonl", jsonl_of(GOOD)), ("csv", csv_of(GOOD).decode().encode("utf-16")), ("csv.gz", gzip.compress(csv_of(GOOD), mtime=0)))
    while done < count:
        ending, content = bases[done % len(bases)]
        change = MUTATIONS[chance.randrange(len(MUTATIONS))]
        done += 1
        yield f"{change.__name__.strip('_')}-{done}.{ending}", change(content, chance)
