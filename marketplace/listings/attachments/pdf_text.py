"""Run as a process of its own: the text of a PDF's first pages, as JSON. Imports nothing of the product."""

import json
import resource
import sys

from pypdf import PdfReader

MOST_PAGES = 3
MOST_CHARACTERS = 20_000
MEGABYTES = 512


def text_of(path: str) -> str:
    """The text of the first pages; raises whatever the reader raises."""
    pages = PdfReader(path).pages
    return "\n".join(pages[number].extract_text() for number in range(min(MOST_PAGES, len(pages))))[:MOST_CHARACTERS]


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES * 1024**2, MEGABYTES * 1024**2))
    json.dump({"text": text_of(sys.argv[1])}, sys.stdout)
