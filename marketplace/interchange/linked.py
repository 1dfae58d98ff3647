"""JSON-LD in the words of schema.org: an achievement is an `Offer`, a need a `Demand`, a fair a `BusinessEvent`."""

from collections.abc import Mapping
from typing import Any

import orjson

from marketplace.core.money import to_text
from marketplace.interchange.contents import last_day, path_of
from marketplace.listings.models import Kind
from marketplace.taxonomy import vocabularies as v

CONTEXT = "https://schema.org"
GOODRELATIONS = "http://purl.org/goodrelations/v1#"
FUNCTIONS = {"transfer": "Sell", "licence": "LeaseOut", "consulting": "ProvideService", "service": "ProvideService", "development": "ProvideService"}
"""What GoodRelations calls the kinds of deal it knows."""


def listing(content: Mapping[str, Any], *, base: str) -> dict[str, Any]:
    """A listing as `contents` gives it, or as the public page shows it to a stranger. ``base`` is the address of the site."""
    kind = Kind(content["kind"])
    name, other = _both(content, "title")
    address = base + path_of(content)
    functions = ["Buy"] if kind is Kind.NEED else list(dict.fromkeys(FUNCTIONS[code] for code in content["deal_kinds"] if code in FUNCTIONS))
    found = {
        "@context": CONTEXT, "@type": "Demand" if kind is Kind.NEED else "Offer", "@id": address, "url": address, "name": name, "alternateName": other,
        "identifier": [{"@type": "PropertyValue", "propertyID": "reference", "value": content["reference"]}],
        "itemOffered": _item(content, name=name), "businessFunction": [GOODRELATIONS + each for each in functions],
        "eligibleRegion": list(content["target_countries"]), "ineligibleRegion": list(content["excluded_countries"]),
        "priceSpecification": _price(content), "validFrom": _day(content["published_at"]), "validThrough": _day(last_day(content)),
    }  # fmt: skip
    if owner := _owner(content, base=base):
        found |= {"@reverse": {"seeks": owner}} if kind is Kind.NEED else {"offeredBy": owner}
    return _without_blanks(found)


def organization(row: Any, numbers: Mapping[str, str], *, base: str) -> dict[str, Any]:
    """An approved organisation; ``numbers`` are its registration numbers by scheme (``uscc``, ``lei``, ``ror``, ``vat``)."""
    name, other = _both({"name_en": row.name_en, "name_zh": row.name_zh}, "name")
    text, _ = _both({"about_en": row.about_en, "about_zh": row.about_zh}, "about")
    address = f"{base}/organizations/{row.slug}"
    return _without_blanks({
        "@context": CONTEXT, "@type": "Organization", "@id": address, "url": address, "name": name, "alternateName": other, "description": text,
        "sameAs": row.website, "address": {"@type": "PostalAddress", "addressCountry": row.country}, "leiCode": numbers.get("lei"), "vatID": numbers.get("vat"),
        "identifier": [{"@type": "PropertyValue", "propertyID": scheme.upper(), "value": value} for scheme, value in sorted(numbers.items())],
    })  # fmt: skip


def fair(row: Any, *, base: str) -> dict[str, Any]:
    place, _ = _both({"place_en": row.place_en, "place_zh": row.place_zh}, "place")
    address = f"{base}/fairs/{row.slug}"
    return _without_blanks({
        "@context": CONTEXT, "@type": "BusinessEvent", "@id": address, "url": address, "name": row.name_en, "alternateName": row.name_zh,
        "startDate": row.opens_on.isoformat(), "endDate": row.closes_on.isoformat(), "location": {"@type": "Place", "name": place} if place else None,
    })  # fmt: skip


def text_of(found: Mapping[str, Any]) -> str:
    """JSON that can stand inside HTML: no character in it ends a script or begins a tag or an entity."""
    text = orjson.dumps(found).decode()
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _item(content: Mapping[str, Any], *, name: str) -> dict[str, Any]:
    description, _ = _both(content, "summary")
    if not description:
        description = _both(content, "description")[0][:5000]
    level = content["min_trl"] if Kind(content["kind"]) is Kind.NEED else content["trl"]
    return {
        "@type": "Product", "name": name, "description": description,
        "category": [v.WIPO_FIELDS.label(code, "en") for code in content["technology_codes"]],
        "countryOfOrigin": content["country"] if Kind(content["kind"]) is Kind.ACHIEVEMENT else None,
        "additionalProperty": [{"@type": "PropertyValue", "propertyID": "TRL", "name": "technology readiness level", "value": level}] if level else [],
    }  # fmt: skip


def _owner(content: Mapping[str, Any], *, base: str) -> dict[str, Any] | None:
    """Whoever may be named: nobody when the columns say nobody."""
    nested = content.get("organization")
    slug, en, zh = (nested["slug"], nested["name_en"], nested["name_zh"]) if nested else (content.get("owner_slug"), content.get("owner_en"), content.get("owner_zh"))
    if not slug:
        return None
    name, other = _both({"name_en": en, "name_zh": zh}, "name")
    return {"@type": "Organization", "@id": f"{base}/organizations/{slug}", "url": f"{base}/organizations/{slug}", "name": name, "alternateName": other}


def _price(content: Mapping[str, Any]) -> dict[str, Any] | None:
    """The price or budget, where it is public."""
    currency = content["currency"]
    low, high = (content[f"amount_{end}"] if f"amount_{end}" in content else _text(content[f"amount_{end}_minor"], currency) for end in ("min", "max"))
    if currency is None or (low is None and high is None):
        return None
    amounts = {"price": low} if low == high else {"minPrice": low, "maxPrice": high}
    return {"@type": "PriceSpecification", "priceCurrency": currency, **amounts}


def _text(minor: int | None, currency: str | None) -> str | None:
    return None if minor is None or currency is None else to_text(minor, currency)


def _day(value: Any) -> str | None:
    return None if value is None else str(value.date() if hasattr(value, "date") else value)


def _both(thing: Mapping[str, Any], name: str) -> tuple[str, str | None]:
    """English and Chinese, or the one there is."""
    en, zh = thing.get(f"{name}_en"), thing.get(f"{name}_zh")
    return (en, zh) if en else (zh or "", None)


def _without_blanks(found: Mapping[str, Any]) -> dict[str, Any]:
    return {key: kept for key, inner in found.items() if (kept := _kept(inner)) not in (None, "", [], {})}


def _kept(value: Any) -> Any:
    if isinstance(value, dict):
        return _without_blanks(value)
    return [_kept(each) for each in value] if isinstance(value, list) else value
