"""Unqualified Dublin Core as OAI-PMH asks of everybody (oai_dc)."""

from collections.abc import Mapping
from typing import Any

from marketplace.interchange.contents import path_of
from marketplace.interchange.writing import element, wrapped
from marketplace.listings.models import Kind
from marketplace.taxonomy import vocabularies as v

PREFIX = "oai_dc"
NAMESPACE = "http://www.openarchives.org/OAI/2.0/oai_dc/"
SCHEMA = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"
TYPES = {Kind.ACHIEVEMENT: "technology offer", Kind.NEED: "technology request"}
LANGUAGES = {"en": "en", "zh": "zh-Hans"}


def record(content: Mapping[str, Any], *, base: str) -> str:
    """The metadata of one public listing."""
    lines: list[str] = []
    for name, columns in (("title", ("title",)), ("creator", ("owner",)), ("description", ("summary", "description"))):
        for column in columns:
            lines += [element(f"dc:{name}", content[f"{column}_{code}"], xml_lang=lang) for code, lang in LANGUAGES.items() if content[f"{column}_{code}"]]
    for code in content["technology_codes"]:
        lines += [element("dc:subject", v.WIPO_FIELDS.label(code, each), xml_lang=lang) for each, lang in LANGUAGES.items()]
    lines.append(element("dc:type", TYPES[Kind(content["kind"])]))
    lines.append(element("dc:date", content["published_at"].date()))
    lines += [element("dc:identifier", base + path_of(content)), element("dc:identifier", content["reference"])]
    lines += [element("dc:source", content[name]) for name in ("source_organization", "source_url") if content[name]]
    lines += [element("dc:language", lang) for code, lang in LANGUAGES.items() if content[f"title_{code}"]]
    lines += [element("dc:coverage", country) for country in ([content["country"]] if content["country"] else [])]
    return wrapped(
        "oai_dc:dc", "".join(lines), xmlns_oai_dc=NAMESPACE, xmlns_dc="http://purl.org/dc/elements/1.1/",
        xmlns_xsi="http://www.w3.org/2001/XMLSchema-instance", xsi_schemaLocation=f"{NAMESPACE} {SCHEMA}",
    )  # fmt: skip
