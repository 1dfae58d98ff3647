"""Reads one PDF in a process of its own, with little memory and time: its pages, or why it is not taken. Run as a script."""

import json
import re
import resource
import sys
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject

SECONDS, MEMORY = 8, 700 * 1024 * 1024
MOST_OBJECTS, MOST_PAGES, DEEPEST = 60_000, 500, 40
ACTIVE = {
    "/JavaScript": "script", "/JS": "script", "/Launch": "script", "/RichMedia": "script", "/XFA": "script",
    "/EmbeddedFile": "embedded", "/EmbeddedFiles": "embedded", "/EF": "embedded",
}  # fmt: skip
WRITTEN = re.compile(rb"/(JavaScript|Launch|RichMedia|EmbeddedFiles?)\b")
"""What a lenient reader could find although the table of objects does not name it."""


def fault_of(found: Any, depth: int = 0) -> str | None:
    """What an object holds directly that a paper must not: ``script`` or ``embedded``; None when nothing."""
    if depth > DEEPEST:
        return "damaged"
    if isinstance(found, NameObject):
        return ACTIVE.get(str(found))
    children: list[Any] = []
    if isinstance(found, DictionaryObject):
        children = [*found.keys(), *(found.raw_get(key) for key in found)]
    elif isinstance(found, ArrayObject):
        children = list(found)
    for child in children:
        if not isinstance(child, IndirectObject) and (fault := fault_of(child, depth + 1)):
            return fault
    return None


def judge(path: str) -> dict[str, Any]:
    """``{"pages": n}``, or ``{"fault": "encrypted" | "script" | "embedded" | "long" | "damaged"}``."""
    with open(path, "rb") as source:
        if match := WRITTEN.search(source.read()):
            return {"fault": "embedded" if match[1].startswith(b"Embedded") else "script"}
    reader = PdfReader(path)
    if reader.is_encrypted:
        return {"fault": "encrypted"}
    numbers = {(number, generation) for generation, entries in reader.xref.items() for number in entries}
    numbers |= {(number, 0) for number in reader.xref_objStm}
    if len(numbers) > MOST_OBJECTS:
        return {"fault": "long"}
    for number, generation in sorted(numbers):
        if fault := fault_of(reader.get_object(IndirectObject(number, generation, reader))):
            return {"fault": fault}
    pages = len(reader.pages)
    if not 1 <= pages <= MOST_PAGES:
        return {"fault": "long" if pages else "damaged"}
    return {"pages": pages}


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        answer = judge(sys.argv[1])
    except Exception:
        answer = {"fault": "damaged"}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
