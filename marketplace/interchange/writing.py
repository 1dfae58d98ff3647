"""XML as text: elements whose content is escaped, without a character that XML does not have."""

import html
import re
from typing import Any

IMPOSSIBLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def escaped(value: Any) -> str:
    return html.escape(IMPOSSIBLE.sub("", str(value)))


def element(name: str, content: Any = None, **attributes: Any) -> str:
    """``<name a="…">…</name>`` with escaped text; an attribute that is None is left out, ``xml_lang`` is written ``xml:lang``."""
    return wrapped(name, "" if content is None else escaped(content), **attributes)


def wrapped(name: str, inside: str, **attributes: Any) -> str:
    """The same around what is XML already."""
    given = "".join(f' {key.replace("_", ":", 1)}="{escaped(value)}"' for key, value in attributes.items() if value is not None)
    return f"<{name}{given}>{inside}</{name}>" if inside else f"<{name}{given}/>"
