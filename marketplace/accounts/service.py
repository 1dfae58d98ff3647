"""Creating people, signing in and out, changing and resetting passwords."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from marketplace.accounts import passwords
from marketplace.accounts.models import MailLink, Person, SignIn
from marketplace.core import audit, mail
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import Duplicate, Gone, Invalid, NotFound
from marketplace.core.fields import fold_email
from marketplace.core.i18n import gettext, language

IDLE, ABSOLUTE = timedelta(hours=12), timedelta(days=14)
RESET_LIVES, REGISTER_LIVES = timedelta(minutes=15), timedelta(hours=24)


def check_password(password: str, *, field: str = "password", email: str = "") -> None:
    """Raises Invalid for a password that is too short, too long, common, or the mail address."""
    if len(password) < passwords.SHORTEST:
        raise Invalid.field(field, "password_short", gettext("At least %(least)s characters.", least=passwords.SHORTEST))
    if len(password.encode()) > passwords.LONGEST:
        raise Invalid.field(field, "password_long", gettext("At most %(most)s bytes.", most=passwords.LONGEST))
    if password.lower() in passwords.COMMON or password.lower() == email or len(set(password)) < 4:
        raise Invalid.field(field, "password_common", gettext("This password is too easy to guess."))


def create(name: str, email: str, *, password: str | None, admin: bool = False, language: str = "en", by: Actor | None = None) -> Person:
    """A new person; without a password they set one by the reset link. Raises Invalid, Duplicate."""
    email = fold_email(email)
    if password is not None:
        check_password(password, email=email)
    if db.session.scalar(select(Person.id).where(Person.email == email)) is not None:
        raise Duplicate(gettext("Somebody with this mail address exists already."))
    person = Person(
        name=name, email=email, password_hash=passwords.hash_password(password) if password else None,
        admin=admin, language=language, created_at=now(),
    )  # fmt: skip
    db.session.add(person)
    db.session.flush()
    audit.record("accounts.create", f"person:{person.id}", by=by, personal={"name": name, "email": email}, personal_of=person.id)
    return person


def by_email(email: str) -> Person | None:
    return db.session.scalar(select(Person).where(Person.email == fold_email(email)))


def get(person_id: UUID) -> Person:
    """Raises NotFound."""
    person = db.session.get(Person, person_id)
    if person is None:
        raise NotFound()
    return person


def sign_in(email: str, password: str, *, agent: str = "") -> tuple[SignIn, str]:
    """A new session and its secret, which only the cookie holds. Raises Invalid, the same for a wrong mail and a wrong password."""
    person = by_email(email)
    right = passwords.matches(person.password_hash if person and person.disabled_at is None else None, password)
    if not right or person is None:
        raise Invalid(gettext("Mail address and password do not fit together."))
    return start_session(person, agent=agent)


def start_session(person: Person, *, agent: str = "") -> tuple[SignIn, str]:
    secret, moment = passwords.new_secret(), now()
    session = SignIn(person_id=person.id, secret_hash=passwords.hash_secret(secret), agent=agent[:200], created_at=moment, seen_at=moment)
    db.session.add(session)
    db.session.flush()
    audit.record("accounts.sign_in", f"person:{person.id}", by=None, personal={"agent": session.agent}, personal_of=person.id)
    return session, secret


def sign_out(*, by: Actor) -> None:
    """End this session; the cookie is worth nothing from then on."""
    db.session.execute(update(SignIn).where(SignIn.id == by.sign_in_id, SignIn.ended_at.is_(None)).values(ended_at=now()))
    audit.record("accounts.sign_out", f"person:{by.person_id}", by=by)


def end_session(session_id: UUID, *, by: Actor) -> None:
    """End one of one's own sessions elsewhere. Raises NotFound."""
    ended = db.session.execute(
        update(SignIn).where(SignIn.id == session_id, SignIn.person_id == by.person_id, SignIn.ended_at.is_(None)).values(ended_at=now())
    )
    if ended.rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound()
    audit.record("accounts.end_session", f"person:{by.person_id}", by=by)


def act_for(organization_id: UUID | None, *, by: Actor) -> None:
    """Remember in this session whom the person acts for from now on; the caller has checked the membership."""
    db.session.execute(update(SignIn).where(SignIn.id == by.sign_in_id).values(organization_id=organization_id))


def open_sessions(*, by: Actor) -> list[SignIn]:
    """One's own sessions that still work, the one used last first."""
    moment = now()
    working = (SignIn.ended_at.is_(None), SignIn.seen_at >= moment - IDLE, SignIn.created_at >= moment - ABSOLUTE)
    query = select(SignIn).where(SignIn.person_id == by.person_id, *working).order_by(SignIn.seen_at.desc())
    return list(db.session.scalars(query.limit(100)))


def rename(name: str, language: str, *, by: Actor) -> None:
    """Change one's own name and the language of one's pages and mails."""
    person = get(by.person_id)
    names = {"before": person.name, "after": name}
    person.name, person.language = name, language
    audit.record("accounts.rename", f"person:{person.id}", by=by, personal=names, personal_of=person.id)


def read_in(zone: str, *, by: Actor) -> None:
    """Remember the zone whose clock the person wants beside a fair's, or that they want none (`zones.FAIR_ONLY`)."""
    person = get(by.person_id)
    person.time_zone = zone
    audit.record("accounts.read_in", f"person:{person.id}", by=by)


def change_password(old: str, new: str, *, by: Actor) -> None:
    """Raises Invalid. Every other session of the person ends."""
    person = get(by.person_id)
    if not passwords.matches(person.password_hash, old):
        raise Invalid.field("old", "password_wrong", gettext("This is not your present password."))
    _set_password(person, new, keep=by.sign_in_id, by=by)


def _set_password(person: Person, new: str, *, keep: UUID | None, by: Actor | None) -> None:
    check_password(new, field="new", email=person.email)
    person.password_hash = passwords.hash_password(new)
    others = update(SignIn).where(SignIn.person_id == person.id, SignIn.ended_at.is_(None))
    if keep is not None:
        others = others.where(SignIn.id != keep)
    db.session.execute(others.values(ended_at=now()))
    older_links = update(MailLink).where(MailLink.email == person.email, MailLink.purpose == "reset", MailLink.used_at.is_(None))
    db.session.execute(older_links.values(used_at=now()))
    audit.record("accounts.password", f"person:{person.id}", by=by)


def send_link(purpose: str, email: str, *, address: str, name: str | None = None) -> None:
    """Mail a one-time link: 'reset' to who has an account, 'register' to who has none; the other case is told in the mail,
    never on the page. ``address`` is the link with ``{secret}`` in it."""
    email, secret, moment = fold_email(email), passwords.new_secret(), now()
    person = by_email(email)
    lives = RESET_LIVES if purpose == "reset" else REGISTER_LIVES
    useful = (person is not None) == (purpose == "reset") and (person is None or person.disabled_at is None)
    if not useful:
        known = gettext("You have an account already: sign in, or ask for a new password.")
        unknown = gettext("There is no account with this address. Nothing was changed.")
        mail.send(email, gettext("About your request"), known if purpose == "register" else unknown)
        return
    db.session.add(MailLink(
        purpose=purpose, email=email, name=name, secret_hash=passwords.hash_secret(secret), created_at=moment, expires_at=moment + lives,
    ))  # fmt: skip
    subject = gettext("Set a new password") if purpose == "reset" else gettext("Finish your registration")
    text = gettext("Open this address within %(minutes)s minutes; it works once:", minutes=int(lives.total_seconds() // 60))
    mail.send(email, subject, f"{text}\n\n{address.format(secret=secret)}\n")


def open_link(purpose: str, secret: str, *, lock: bool = False) -> MailLink:
    """Raises Gone when it is unknown, used or too old."""
    query = select(MailLink).where(MailLink.secret_hash == passwords.hash_secret(secret), MailLink.purpose == purpose)
    link = db.session.scalar(query.with_for_update() if lock else query)
    if link is None or link.used_at is not None or link.expires_at < now():
        raise Gone()
    return link


def reset_password(secret: str, new: str) -> Person:
    """Raises Gone, Invalid. Ends every session of the person."""
    link = open_link("reset", secret, lock=True)
    person = by_email(link.email)
    if person is None or person.disabled_at is not None:
        raise Gone()
    _set_password(person, new, keep=None, by=None)
    link.used_at = now()
    return person


def finish_registration(secret: str, name: str, password: str) -> Person:
    """The person that a registration link promised, in the language they read the page in. Raises Gone, Invalid, Duplicate."""
    link = open_link("register", secret, lock=True)
    person = create(name, link.email, password=password, language=language())
    link.used_at = now()
    return person
