"""People and their sessions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from core.foundation.columns import UtcDateTime, enum_column
from core.foundation.database import Base
from core.foundation.permissions import Role


class Person(Base):
    """Somebody on the team. Never deleted: made inactive, so that what they did keeps their name."""

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint("username = lower(username) and username <> ''", name="username_lower"),
        Index(
            "uq_person_oidc",
            "oidc_issuer",
            "oidc_subject",
            unique=True,
            postgresql_where=text("oidc_subject is not null"),
        ),
        Index("uq_person_email", text("lower(email)"), unique=True, postgresql_where=text("email is not null")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    username: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    role: Mapped[Role] = mapped_column(enum_column(Role))
    password_hash: Mapped[str | None] = mapped_column(Text)
    must_change_password: Mapped[bool] = mapped_column(server_default="false", default=False)
    language: Mapped[str | None] = mapped_column(Text)
    zone: Mapped[str | None] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(server_default="true", default=True)
    oidc_issuer: Mapped[str | None] = mapped_column(Text)
    oidc_subject: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=text("now()"))
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 -- SQLAlchemy's own way


class WebSession(Base):
    """One signed-in browser. Only the SHA-256 of its token is kept, so the table alone opens no door."""

    __tablename__ = "web_session"
    __table_args__ = (Index(None, "person_id"),)

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    user_agent: Mapped[str] = mapped_column(Text, server_default="", default="")
    address: Mapped[str] = mapped_column(Text, server_default="", default="")


class SignInTry(Base):
    """Tries to sign in that are counted against an account name or an address, whether or not such an account exists.

    `subject` is `account:` or `address:` with a hash: what was typed may be a password in the wrong field. Kept for a
    day.
    """

    __tablename__ = "sign_in_try"

    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    tries: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
