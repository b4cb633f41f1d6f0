"""The team's own texts: each a new version that takes the place of the one before, or of the shipped one; and taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from core.cases.messages.library import FALLBACK, Language, languages, rules
from core.cases.messages.rendering import checked_template
from core.foundation import audit
from core.foundation.errors import Invalid, NotFound, WrongState
from core.foundation.gate import read, verb
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models import MessageTemplate, Person, Tag
from core.models.message import Situation


@dataclass(frozen=True)
class Text:
    """A text to begin a message with. `id` None: the shipped one, `version` of its language's file. `language` is the one
    it is written in, `asked` the one that was wanted: they differ where a text is missing.
    """

    situation: Situation
    language: str
    asked: str
    id: int | None
    version: int
    text: str
    added_at: datetime | None = None
    added_by: str | None = None

    @property
    def fell_back(self) -> bool:
        """Whether there is no text in the language that was wanted."""
        return self.language != self.asked


@read(Permission.MESSAGE_READ)
def texts_of(session: Session, language: str, *, actor: Actor) -> Sequence[Text]:
    """The text of every situation in a language (a code), in the order of a case: the team's own, else the shipped one, else
    the English one.
    """
    return tuple(_texts(session, language).values())


@dataclass(frozen=True)
class Version:
    """One version of the team's own text, in use while nobody retired it. `retired_by` took it back or wrote the next one."""

    id: int
    version: int
    text: str
    added_at: datetime
    added_by: str | None
    retired_at: datetime | None
    retired_by: str | None


@read(Permission.MESSAGE_READ)
def versions_of(session: Session, situation: Situation, language: str, *, actor: Actor) -> Sequence[Version]:
    """Every version of the team's own text for a situation in a language (a code), newest first."""
    wrote, took = aliased(Person), aliased(Person)
    rows = session.execute(
        select(MessageTemplate, wrote.name, took.name)
        .outerjoin(wrote, wrote.id == MessageTemplate.added_by)
        .outerjoin(took, took.id == MessageTemplate.retired_by)
        .where(MessageTemplate.situation == situation, MessageTemplate.language == language)
        .order_by(MessageTemplate.version.desc())
    )
    return tuple(
        Version(one.id, one.version, one.text, one.added_at, author, one.retired_at, taker)
        for one, author, taker in rows
    )


@verb(Permission.MESSAGE_TEMPLATE)
def add_text(
    session: Session, *, actor: Actor, situation: Situation, language: str, text: str, now: datetime
) -> MessageTemplate:
    """Keep the team's own text; the one before is retired. Raises `Invalid` naming `text` where it cannot be filled, or where
    nothing was changed, and `language` for one Recoup does not know.
    """
    _language(language)
    clean = checked_template(text, rules()[situation])
    _one_at_a_time(session, situation, language)
    before = _current(session, situation, language)
    if clean == (before.text if before else _texts(session, language)[situation].text):
        raise Invalid(_("This text is in use already. Change it, then keep it."), "text")
    if before is not None:
        before.retired_at, before.retired_by = now, actor.person_id
        session.flush()
    newest = session.scalar(
        select(func.max(MessageTemplate.version)).where(
            MessageTemplate.situation == situation, MessageTemplate.language == language
        )
    )
    made = MessageTemplate(
        situation=situation,
        language=language,
        version=(newest or 0) + 1,
        text=clean,
        added_at=now,
        added_by=actor.person_id,
    )
    session.add(made)
    session.flush()
    _record(session, Tag.MESSAGE_TEMPLATE_ADDED, made, actor, now)
    return made


@verb(Permission.MESSAGE_TEMPLATE)
def retire_text(session: Session, template_id: int, *, actor: Actor, now: datetime) -> MessageTemplate:
    """Take the team's own text back: the shipped one is used again. Raises `NotFound`, `WrongState` when it was."""
    found = session.get(MessageTemplate, template_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound(_("There is no such text."))
    if found.retired_at is not None:
        raise WrongState(_("This text was taken back already."))
    found.retired_at, found.retired_by = now, actor.person_id
    session.flush()
    _record(session, Tag.MESSAGE_TEMPLATE_RETIRED, found, actor, now)
    return found


def text_for(session: Session, situation: Situation, language: str) -> Text:
    """The text a message begins with (inner). Raises `Invalid` naming `language` for one Recoup does not know."""
    _language(language)
    return _texts(session, language)[situation]


def shipped_text(situation: Situation, language: str) -> Text:
    """The text Recoup ships, whatever the team wrote itself (inner). Raises `Invalid` as `text_for`."""
    _language(language)
    return _chosen({}, situation, language)


def _language(code: str) -> Language:
    found = languages().get(code)
    if found is None:
        raise Invalid(_("Recoup has no texts in “{language}”.", language=code), "language")
    return found


def _texts(session: Session, language: str) -> dict[Situation, Text]:
    rows = session.execute(
        select(MessageTemplate, Person.name)
        .outerjoin(Person, Person.id == MessageTemplate.added_by)
        .where(MessageTemplate.language.in_({language, FALLBACK}), MessageTemplate.retired_at.is_(None))
    )
    own = {
        (row.language, row.situation): Text(
            row.situation, row.language, language, row.id, row.version, row.text, row.added_at, name
        )
        for row, name in rows
    }
    return {situation: _chosen(own, situation, language) for situation in Situation}


def _chosen(own: dict[tuple[str, Situation], Text], situation: Situation, language: str) -> Text:
    for code in (language, FALLBACK):
        if (code, situation) in own:
            return own[code, situation]
        shipped = languages().get(code)
        if shipped is not None and situation in shipped.texts:
            return Text(situation, code, language, None, shipped.version, shipped.texts[situation])
    raise LookupError(f"no text for {situation} in {FALLBACK}")


def _one_at_a_time(session: Session, situation: Situation, language: str) -> None:
    """Until the end of the transaction nobody else adds a version of this text."""
    name = f"recoup message {situation} {language}"
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def _current(session: Session, situation: Situation, language: str) -> MessageTemplate | None:
    return session.scalars(
        select(MessageTemplate)
        .where(
            MessageTemplate.situation == situation,
            MessageTemplate.language == language,
            MessageTemplate.retired_at.is_(None),
        )
        .with_for_update()
    ).one_or_none()


def _record(session: Session, tag: Tag, one: MessageTemplate, actor: Actor, now: datetime) -> None:
    audit.record(
        session,
        tag,
        actor=actor,
        now=now,
        subject=("message_template", one.id),
        after={"situation": one.situation, "language": one.language, "version": one.version, "text": one.text},
    )
