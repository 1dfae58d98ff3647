"""An address as a QR code."""

import segno
from markupsafe import Markup


def picture(text: str) -> Markup:
    """Inline SVG, black on white in any theme so that every camera reads it; its geometry is in attributes, no style, no script.

    The page sizes it by class ``qr-code`` of the element around it. Raises segno.DataOverflowError above some 2,300 characters.
    """
    made = segno.make(text, error="m", micro=False)
    return Markup(made.svg_inline(border=4, dark="#000", light="#fff", svgclass=None, lineclass=None, omitsize=True))  # nosec B704: segno escapes
