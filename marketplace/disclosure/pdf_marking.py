"""Writes who opened it on each page of one PDF, in a process of its own with little memory and time. Run as a script."""

import json
import resource
import sys
from functools import cache
from io import BytesIO

from pypdf import PageObject, PdfReader, PdfWriter, Transformation
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

SECONDS, MEMORY = 25, 900 * 1024 * 1024
CHINESE, LATIN = "STSong-Light", "Helvetica"
BESIDE, BIG, SMALL = 24.0, 17.0, 8.0


@cache
def veil(width: float, height: float, line: str) -> PageObject:
    """A page with nothing but the words: small at its foot, large and pale across it."""
    font = LATIN if line.replace("·", "").isascii() else CHINESE
    out = BytesIO()
    canvas = Canvas(out, pagesize=(width, height))
    canvas.setFillColorRGB(0.35, 0.35, 0.4, alpha=0.9)
    canvas.setFont(font, SMALL)
    canvas.drawString(BESIDE, BESIDE / 2, line)
    canvas.setFillColorRGB(0.45, 0.45, 0.5, alpha=0.22)
    canvas.setFont(font, BIG)
    for part in (0.22, 0.5, 0.78):
        canvas.saveState()
        canvas.translate(width / 2, height * part)
        canvas.rotate(30)
        canvas.drawCentredString(0, 0, line)
        canvas.restoreState()
    canvas.showPage()
    canvas.save()
    return PdfReader(BytesIO(out.getvalue())).pages[0]


def marked(path: str, line: str) -> bytes:
    """The document with the line on each page, as the page is turned."""
    pdfmetrics.registerFont(UnicodeCIDFont(CHINESE))
    writer = PdfWriter(clone_from=path)
    for page in writer.pages:
        page.transfer_rotation_to_content()
        box = page.mediabox
        words = veil(round(float(box.width), 1), round(float(box.height), 1), line)
        page.merge_transformed_page(words, Transformation().translate(float(box.left), float(box.bottom)))
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sys.stdout.buffer.write(marked(sys.argv[1], json.loads(sys.stdin.buffer.read())))


if __name__ == "__main__":
    main()
