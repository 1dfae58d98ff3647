"""Official vocabularies and codes: technology fields, readiness levels, kinds of deal, countries, regions, languages.

A code is text and is what gets stored; a label is for reading and may change. ``None`` stands for *unknown* everywhere.
The package is data files and functions: no database, no request, no clock. ``vocabularies`` holds the constants,
``ipc`` finds the technology field of a patent classification symbol.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def register(app: "Flask") -> None:
    """Join the application like every other domain; vocabularies bring no route, table or command with them."""
