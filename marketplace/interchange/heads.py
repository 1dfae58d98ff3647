"""What the pages of public things carry for programs: a link to their other forms, and JSON-LD as a block of data.

The block is data, not a script: a browser does not run a ``script`` element of this type, and a content security policy does not
concern it (HTML, "prepare the script element"). What would end the element is escaped in `linked.text_of`.
"""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from marketplace.core.access import Actor
from marketplace.interchange import linked
from marketplace.interchange.contents import path_of
from marketplace.interchange.views import base

BLOCK = Markup('<script type="application/ld+json">{}</script>')


def of_listing(listing: Mapping[str, Any], actor: Actor | None) -> Markup:
    """For strangers, and so for search engines, with the data they are shown; for others, who may be shown more, only the link."""
    link = Markup('<link rel="alternate" type="application/ld+json" href="{}{}.jsonld">\n').format(base(), path_of(listing))
    return link + data(linked.listing(listing, base=base())) if actor is None else link


def data(found: Mapping[str, Any]) -> Markup:
    """A block of data; its text is JSON in which nothing can end it."""
    return BLOCK.format(Markup(linked.text_of(found)))  # nosec B704: JSON whose "<", ">" and "&" are written as escapes
