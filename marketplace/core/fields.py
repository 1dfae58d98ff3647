"""Marshmallow fields that every schema shares: text, codes, days, moments, amounts, ids. Each refuses with a stable code."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from marshmallow import Schema, ValidationError, fields, pre_load

from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
EMAIL = re.compile(r"[^@\s,;<>\"()]{1,64}@[^@\s,;<>\"()]{1,190}\.[^@\s.,;<>\"()]{2,63}")


class Refusal(str):
    """A message that carries its code."""

    code: str

    def __new__(cls, code: str, message: Any) -> "Refusal":
        self = super().__new__(cls, str(message))
        self.code = code
        return self


def refuse(code: str, message: Any, field: str | None = None) -> ValidationError:
    """The error to raise from a field or a schema's check."""
    refusal = Refusal(code, message)
    return ValidationError({field: [refusal]}) if field else ValidationError([refusal])


class Said:
    """A sentence of marshmallow's own checks, in the reader's language when it is shown, with its code."""

    def __init__(self, code: str, message: Any):
        self.code, self.message = code, message

    def __str__(self) -> str:
        return str(self.message)


# Marshmallow formats messages that are text, which would lose the code: each is a list of one.
fields.Field.default_error_messages = {
    "required": [Said("required", _l("Please fill this in."))],
    "null": [Said("null", _l("null is not allowed here."))],
    "validator_failed": [Said("invalid", _l("This value is not allowed."))],
}
fields.Nested.default_error_messages = {"type": [Said("object", _l("An object is expected."))]}
fields.List.default_error_messages = {"invalid": [Said("list", _l("A list is expected."))]}


class FormSchema(Schema):
    """The base of every schema of what may come in: an unknown field is refused; blank form fields count as missing."""

    error_messages: dict[str, Any] = {
        "unknown": Said("unknown", _l("This field does not exist here.")),
        "type": Said("object", _l("An object is expected.")),
    }

    @pre_load
    def blanks_are_missing(self, data: Any, **_: Any) -> Any:
        """Only what a form or a spreadsheet sent: there '' says nothing. JSON says null or leaves it out."""
        if self.context_is_form and isinstance(data, Mapping):
            return {name: value for name, value in data.items() if value not in ("", [], [""], None)}
        return data

    context_is_form = False


class Text(fields.String):
    """Text in NFC without control characters; blanks around it are cut. ``longest`` in characters."""

    def __init__(self, longest: int, *, shortest: int = 1, multiline: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        self.longest, self.shortest, self.multiline = longest, shortest, multiline
        self.metadata = {"maxLength": longest, "minLength": shortest if kwargs.get("required") else 0, **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise refuse("text", gettext("Text is expected."))
        if CONTROL.search(value):
            raise refuse("text_control", gettext("Control characters are not allowed."))
        text = unicodedata.normalize("NFC", value).replace("\r\n", "\n").replace("\r", "\n").strip()
        if not self.multiline:
            text = " ".join(text.split())
        if not text and (self.required or not self.allow_none):
            raise refuse("text_empty", gettext("Please fill this in."))
        if len(text) > self.longest:
            raise refuse("text_too_long", gettext("At most %(most)s characters; this has %(has)s.", most=self.longest, has=len(text)))
        if text and len(text) < self.shortest:
            raise refuse("text_too_short", gettext("At least %(least)s characters.", least=self.shortest))
        return text or None


class Email(Text):
    """A mail address, folded to NFKC lower case: the one documented folding of logins."""

    def __init__(self, **kwargs: Any):
        super().__init__(254, **kwargs)
        self.metadata = {"format": "email", "maxLength": 254}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        folded = fold_email(text) if text else text
        if folded and not EMAIL.fullmatch(folded):
            raise refuse("email", gettext("This is not a mail address."))
        return folded


def fold_email(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().lower()


class Code(fields.String):
    """One code of a closed list; ``codes`` is a container or a function returning one."""

    def __init__(self, codes: Iterable[str] | Callable[[], Iterable[str]], **kwargs: Any):
        super().__init__(**kwargs)
        self._codes = codes
        self.metadata = {"enum": sorted(self.codes, key=str) + ([None] if self.allow_none else []), **self.metadata}

    @property
    def codes(self) -> set[str]:
        return set(self._codes() if callable(self._codes) else self._codes)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str) or value not in self.codes:
            shown = ", ".join(sorted(self.codes)[:12]) + (", …" if len(self.codes) > 12 else "")
            raise refuse("code_unknown", gettext("Choose one of the listed values: %(values)s.", values=shown))
        return value


class CodeList(fields.List[str]):
    """Several different codes; from a spreadsheet cell they come separated by blank, comma or semicolon."""

    def __init__(self, codes: Iterable[str] | Callable[[], Iterable[str]], *, most: int, least: int = 0, **kwargs: Any):
        super().__init__(Code(codes), **kwargs)
        self.most, self.least = most, least
        self.metadata = {"maxItems": most, "minItems": least, "uniqueItems": True, **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, str) and getattr(self.root, "context_is_form", False):
            value = [part for part in re.split(r"[\s,;，；、]+", value) if part]
        if not isinstance(value, list):
            raise refuse("list", gettext("A list is expected."))
        found = super()._deserialize(value, attr, data, **kwargs)
        if len(set(found)) != len(found):
            raise refuse("list_twice", gettext("A value stands there twice."))
        if not self.least <= len(found) <= self.most:
            raise refuse("list_length", gettext("Between %(least)s and %(most)s values.", least=self.least, most=self.most))
        return found


class Whole(fields.Integer):
    """A whole number in a range; 7.0 is one, 0.5 and true are not, and "7" only in a form or an address."""

    def __init__(self, lowest: int, highest: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.lowest, self.highest = lowest, highest
        self.metadata = {"minimum": lowest, "maximum": highest, **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        number: int | None = None
        as_text = isinstance(value, str) and not getattr(self.root, "from_json", False)
        if isinstance(value, int) and not isinstance(value, bool):
            number = value
        elif (isinstance(value, float) and value.is_integer()) or (as_text and re.fullmatch(r"-?[0-9]{1,18}", value)):
            number = int(value)
        if number is None:
            raise refuse("whole", gettext("A whole number is expected."))
        if not self.lowest <= number <= self.highest:
            raise refuse("whole_range", gettext("Between %(low)s and %(high)s.", low=self.lowest, high=self.highest))
        return number


class Truth(fields.Boolean):
    """true or false; a form's ticked box is 'on'."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, bool):
            return value
        if getattr(self.root, "context_is_form", False) and isinstance(value, str) and value.lower() in {"on", "true", "1", "yes", "false", "0", "no", "off"}:
            return value.lower() in {"on", "true", "1", "yes"}
        raise refuse("truth", gettext("true or false is expected."))


class Day(fields.Date):
    """A calendar day, ISO 8601 ``2020-09-17``."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            raise refuse("day", gettext("A day such as 2020-09-17 is expected."))
        try:
            day = date.fromisoformat(value)
        except ValueError as error:
            raise refuse("day", gettext("This day does not exist.")) from error
        if not 1900 <= day.year <= 2200:
            raise refuse("day_range", gettext("The year must be between 1900 and 2200."))
        return day


class MomentField(fields.AwareDateTime):
    """A moment with its offset, ISO 8601 ``2020-09-17T09:30:00+08:00``."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str) or len(value) > 40 or "T" not in value:
            raise refuse("moment", gettext("A moment such as 2020-09-17T09:30:00+08:00 is expected."))
        try:
            moment = datetime.fromisoformat(value)
        except ValueError as error:
            raise refuse("moment", gettext("A moment such as 2020-09-17T09:30:00+08:00 is expected.")) from error
        if moment.tzinfo is None:
            raise refuse("moment_offset", gettext("The offset from UTC is missing, such as +08:00."))
        if not 1900 <= moment.year <= 2200:
            raise refuse("day_range", gettext("The year must be between 1900 and 2200."))
        return moment


class LocalMoment(fields.NaiveDateTime):
    """What an ``<input type=datetime-local>`` sends: a wall-clock time, given its zone by the service (`resolve_local`)."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?", value):
            raise refuse("local_moment", gettext("A day and time such as 2020-09-17T09:30 is expected."))
        try:
            return datetime.fromisoformat(value)
        except ValueError as error:
            raise refuse("local_moment", gettext("This time does not exist.")) from error


def resolve_local(wall: datetime, time_zone: str) -> datetime:
    """The one moment of a wall-clock time. Raises ValidationError when the clocks skip it or pass it twice."""
    zone = ZoneInfo(time_zone)
    early, late = wall.replace(tzinfo=zone, fold=0), wall.replace(tzinfo=zone, fold=1)
    if early.utcoffset() != late.utcoffset():
        raise refuse("moment_ambiguous", gettext("On this day the clocks change: this time does not exist, or exists twice."))
    return early


class Zone(Text):
    """An IANA time zone such as Asia/Shanghai."""

    def __init__(self, **kwargs: Any):
        super().__init__(60, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        name = super()._deserialize(value, attr, data, **kwargs)
        if name not in available_timezones():
            raise refuse("time_zone", gettext("A time zone such as Asia/Shanghai is expected."))
        return name


class Reference(fields.UUID):
    """The id of another record."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            if not isinstance(value, str) or len(value) > 36:
                raise ValueError
            return UUID(value)
        except ValueError as error:
            raise refuse("reference", gettext("An id is expected.")) from error


class Part(fields.Nested):
    """A record inside a record. It is given whole, also where a change leaves other fields of the outer one out."""

    def _load(self, value: Any, partial: Any = None) -> Any:
        return super()._load(value, partial=False)


class Slug(Text):
    """Lower-case letters, digits and hyphens, as they stand in addresses."""

    def __init__(self, **kwargs: Any):
        super().__init__(60, shortest=2, **kwargs)
        self.metadata = {"pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 60, "minLength": 2}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text or ""):
            raise refuse("slug", gettext("Small letters, digits and hyphens only."))
        return text
