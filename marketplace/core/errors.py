"""What a service may refuse with. Each refusal carries its HTTP status, its problem type and a sentence for the user."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from marketplace.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field: ``pointer`` is a JSON pointer ('/lines/0/amount'), ``code`` a slug, ``detail`` a sentence."""

    pointer: str
    code: str
    detail: str


class DomainError(Exception):
    """A rule said no. ``slug`` names the problem type, ``text`` is the sentence; both are class-wide unless given."""

    status: ClassVar[int] = 409
    slug: ClassVar[str] = "conflict"
    title: ClassVar[Any] = _l("This cannot be done now")
    text: ClassVar[Any] = _l("The state of the record does not allow it.")

    members: Mapping[str, Any] = {}
    """What the problem of the API says beside the members that every problem has."""
    offers: tuple[Any, ...] = ()
    """What there is instead, for a page to show as buttons."""
    afterwards: Callable[[], None] | None = None
    """What is written although the attempt was refused: done by the error handler, in a transaction of its own."""

    def __init__(self, text: Any = None, *, errors: tuple[FieldError, ...] = (), **facts: Any):
        super().__init__(text or self.text)
        self.detail = text or self.text
        self.errors = errors
        self.facts = facts


class NotFound(DomainError):
    """Not there, or not yours: the two answers are the same."""

    status, slug, title = 404, "not-found", _l("Not found")
    text = _l("There is nothing here, or it is not open to you.")


class Forbidden(DomainError):
    status, slug, title = 403, "forbidden", _l("Not yours to do")
    text = _l("You can see this, but your role does not allow this step.")


class SignInFirst(DomainError):
    status, slug, title = 401, "sign-in-required", _l("Please sign in")
    text = _l("Sign in to go on.")


class IllegalMove(DomainError):
    """A state machine was asked for a move that its table does not have."""

    slug, title = "illegal-move", _l("Not from this state")

    def __init__(self, text: Any = None, *, start: str = "", end: str = "", **facts: Any):
        sentence = _l("This is “%(start)s” now, so it cannot become “%(end)s”.", start=start, end=end)
        super().__init__(text or sentence, start=start, end=end, **facts)


class Duplicate(DomainError):
    slug, title = "duplicate", _l("Already there")
    text = _l("A record with this name or number exists already.")


class FourEyes(DomainError):
    status, slug, title = 403, "four-eyes", _l("Another person has to do this")
    text = _l("You logged, signed or edited it, or belong to one of its parties: somebody else has to check it.")


class Stale(DomainError):
    """The record changed since the person last saw it."""

    status, slug, title = 412, "stale", _l("Changed in the meantime")
    text = _l("Somebody changed this since you loaded it. Load it again, compare, and repeat your change.")


class VersionRequired(DomainError):
    status, slug, title = 428, "version-required", _l("Version missing")
    text = _l("Send the ETag of what you read as If-Match.")


class Invalid(DomainError):
    """Understood, but wrong: names each wrong field."""

    status, slug, title = 422, "invalid", _l("Some fields are wrong")
    text = _l("Some fields are wrong; each is named below.")

    @classmethod
    def field(cls, name: str, code: str, detail: Any) -> "Invalid":
        """One wrong field by its name or path ('parties/0/name')."""
        return cls(errors=(FieldError(f"/{name}", code, str(detail)),))


class Malformed(DomainError):
    status, slug, title = 400, "malformed", _l("Not readable")
    text = _l("The request cannot be read.")


class Gone(DomainError):
    status, slug, title = 410, "gone", _l("No longer valid")
    text = _l("This link has expired. Ask for a new one.")


class TooLarge(DomainError):
    status, slug, title = 413, "too-large", _l("Too large")
    text = _l("The file or text is larger than allowed.")


class WrongMediaType(DomainError):
    status, slug, title = 415, "unsupported-media-type", _l("Wrong type of content")
    text = _l("Send application/json.")


class KeyRequired(DomainError):
    status, slug, title = 400, "idempotency-key-required", _l("Idempotency-Key missing")
    text = _l("Send an Idempotency-Key of 1 to 255 visible ASCII characters with every POST.")


class KeyReused(DomainError):
    status, slug, title = 422, "idempotency-key-reused", _l("Key already used")
    text = _l("This Idempotency-Key was used with another request. If you changed the form after sending it, load it again.")


class OtherOrganization(DomainError):
    slug, title = "acting-organization-changed", _l("You switched organisations")
    text = _l("This page was opened for another organisation than you act for now. Switch back, or load the page again.")


class Unavailable(DomainError):
    """A dependency is down; trying again later helps."""

    status, slug, title = 503, "unavailable", _l("Not available right now")
    text = _l("Something we depend on does not answer. Nothing was stored; please try again shortly.")
