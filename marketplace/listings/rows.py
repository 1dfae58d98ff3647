"""A field of several rows, as JSON, as lines of a form, or as one text of a spreadsheet's cell: the base of parameters and rights."""

from typing import Any, ClassVar

from marshmallow import Schema, ValidationError, fields

from marketplace.core.fields import Part, refuse
from marketplace.core.i18n import gettext


class Rows(fields.List[Any]):
    """At most ``most`` rows of ``schema``; a form leaves lines empty. Refuses with the faults of all rows, by place, as marshmallow's own lists do."""

    schema: ClassVar[Schema]  # made once: a field is copied with every schema that has it
    most: ClassVar[int]
    longest_text: ClassVar[int]
    from_text: ClassVar["staticmethod[[str], list[dict[str, str]]]"]  # the rows of a cell, not checked yet
    filled: ClassVar["staticmethod[[Any], Any]"]  # a form's line without its empty inputs; {} when it says nothing

    def __init__(self, **kwargs: Any):
        super().__init__(Part(type(self.schema)), **kwargs)
        self.metadata = {"maxItems": self.most, **self.metadata}

    def beside(self, row: dict[str, Any], before: list[dict[str, Any]]) -> None:
        """Raises ValidationError for a row that may not stand beside those before it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        as_form = getattr(self.root, "context_is_form", False)
        if as_form and isinstance(value, str):
            if len(value) > self.longest_text:
                raise refuse("text_too_long", gettext("At most %(most)s characters; this has %(has)s.", most=self.longest_text, has=len(value)))
            value = self.from_text(value)
        if not isinstance(value, list):
            raise refuse("list", gettext("A list is expected."))
        rows = [(place, row) for place, row in enumerate(map(self.filled, value) if as_form else value) if not (as_form and row == {})]
        if len(rows) > self.most:
            raise refuse("list_length", gettext("At most %(most)s rows.", most=self.most))
        return self._loaded(rows)

    def _loaded(self, rows: list[tuple[int, Any]]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        faults: dict[int, Any] = {}
        for place, row in rows:
            try:
                loaded = self.schema.load(row)
                self.beside(loaded, found)
            except ValidationError as error:
                faults[place] = error.messages
            else:
                found.append(loaded)
        if faults:
            raise ValidationError(faults)  # type: ignore[arg-type]
        return found
