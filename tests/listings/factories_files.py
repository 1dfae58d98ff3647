"""Pictures and papers, the smallest that are taken."""

from functools import cache
from io import BytesIO
from typing import Any

from PIL import Image
from pypdf import PdfWriter


@cache
def png(side: int = 64, colour: str = "teal") -> bytes:
    return written(Image.new("RGB", (side, side), colour), "PNG")


def written(image: Image.Image, form: str, **options: Any) -> bytes:
    out = BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def pdf(pages: int = 1) -> bytes:
    return paper(writer(pages))


def writer(pages: int = 1) -> PdfWriter:
    found = PdfWriter()
    for _ in range(pages):
        found.add_blank_page(200, 200)
    return found


def paper(found: PdfWriter) -> bytes:
    out = BytesIO()
    found.write(out)
    return out.getvalue()
