"""Pictures as they are kept: drawn anew from their pixels, so that nothing else of what came in is left, with a small one for lists."""

import struct
from dataclasses import dataclass
from io import BytesIO
from threading import Lock

from PIL import Image, ImageOps, UnidentifiedImageError

from marketplace.core.errors import Invalid
from marketplace.core.i18n import gettext

LARGEST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 24_000_000
"""A few hundred megabytes while it is drawn, and so one at a time in each process."""
SMALLEST_SIDE, LARGEST_SIDE, SMALL_SIDE = 64, 2400, 480
SIGNATURES = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
UNREADABLE = (
    UnidentifiedImageError, OSError, SyntaxError, ValueError, TypeError, IndexError, KeyError, EOFError, MemoryError, OverflowError, struct.error,
    Image.DecompressionBombError, Image.DecompressionBombWarning,
)  # fmt: skip
"""What Pillow raises for damaged and hostile files."""


_DRAWING = Lock()


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of at most `LARGEST_SIDE` pixels a side, in the format it came in, and a small one as WebP."""

    media_type: str
    content: bytes
    small: bytes
    width: int
    height: int


def type_of(head: bytes) -> str | None:
    """The media type that the first bytes show; None for what is no picture we take."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return "image/webp" if head[:4] == b"RIFF" and head[8:12] == b"WEBP" else None


def drawn_anew(content: bytes, media_type: str) -> Picture:
    """The picture without anything but its pixels, turned as its camera said. Raises Invalid: unreadable, too small, too large."""
    try:
        with Image.open(BytesIO(content), formats=(SIGNATURES[media_type],)) as source:
            _check_size(*source.size)
            source.draft("RGB", (LARGEST_SIDE, LARGEST_SIDE))
            with _DRAWING:
                plain = _plain(source)
    except UNREADABLE as error:
        raise Invalid.field("file", "file_damaged", gettext("This picture cannot be read. Save it anew and try again.")) from error
    plain.info = {}  # a colour profile or a comment would be written again
    small = plain.copy()
    small.thumbnail((SMALL_SIDE, SMALL_SIDE))
    if media_type == "image/jpeg":
        plain = plain.convert("RGB")
    return Picture(media_type, _written(plain, SIGNATURES[media_type]), _written(small, "WEBP"), *plain.size)


def _plain(source: Image.Image) -> Image.Image:
    """Its pixels, made small before anything else is made of them."""
    source.load()
    mode = "RGBA" if source.has_transparency_data else "RGB"
    image = source.convert(mode) if source.mode in {"1", "P", "PA"} else source
    image.thumbnail((LARGEST_SIDE, LARGEST_SIDE), reducing_gap=2.0)
    return ImageOps.exif_transpose(image).convert(mode)


def _check_size(width: int, height: int) -> None:
    if min(width, height) < SMALLEST_SIDE:
        raise Invalid.field("file", "picture_small", gettext("A picture has at least %(side)s pixels a side.", side=SMALLEST_SIDE))
    if width * height > MOST_PIXELS:
        raise Invalid.field("file", "picture_large", gettext("A picture has at most 24 million pixels."))


def _written(image: Image.Image, form: str) -> bytes:
    out = BytesIO()
    options = {"JPEG": {"quality": 88, "optimize": True}, "WEBP": {"quality": 82, "method": 3}, "PNG": {}}
    image.save(out, form, **options[form])
    return out.getvalue()
