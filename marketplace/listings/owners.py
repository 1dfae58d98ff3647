"""What the public reads where the owner of a listing is not named (docs/rules/disclosure.md)."""

from typing import Any

from flask import Flask
from markupsafe import Markup

from marketplace.core.i18n import gettext, localized
from marketplace.core.layout import both


class Unnamed:
    """Stands where an organisation is not named to the reader: nothing of it but these words."""

    id = slug = country = name = None

    @property
    def name_en(self) -> str:
        return words()

    @property
    def name_zh(self) -> str:
        return words()


UNNAMED = Unnamed()


def words() -> str:
    return str(gettext("organisation not named"))


def name_of(thing: Any) -> str:
    """The name in the reader's language of what has ``name_en`` and ``name_zh``, or that it is not named."""
    return localized(thing, "name")[0] or words()


def owner_name(thing: Any) -> Markup:
    """The same for a page, marked when it is in the other language."""
    return both(thing, "name") if localized(thing, "name")[0] else Markup("{}").format(words())


def register(app: Flask) -> None:
    app.jinja_env.globals.update(owner_name=owner_name)
