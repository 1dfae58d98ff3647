"""Run as a process of its own: what a PDF says of itself and on its first pages, as JSON. Imports nothing of the product."""

import json
import re
import resource
import sys

from pypdf import PdfReader

MOST_PAGES = 3
MOST_CHARACTERS = 20_000
MEGABYTES = 512


def text_of(path: str) -> str:
    """Its properties (author, title …) and the text of the first pages; raises whatever the reader raises."""
    reader = PdfReader(path)
    said = [str(value) for value in (reader.metadata or {}).values()]
    if (stream := reader.root_object.get("/Metadata")) is not None:
        said.append(re.sub(r"<[^>]*>", " ", stream.get_object().get_data().decode("utf-8", "replace")))
    said += [reader.pages[number].extract_text() for number in range(min(MOST_PAGES, len(reader.pages)))]
    return "\n".join(said)[:MOST_CHARACTERS]


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES * 1024**2, MEGABYTES * 1024**2))
    json.dump({"text": text_of(sys.argv[1])}, sys.stdout)
