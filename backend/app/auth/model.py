"""Tables of accounts, of their sessions, and of the tokens that they made for other programs."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ColumnElement, DateTime, ForeignKey, Index, Text, func, literal_column
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base

NORMAL_EMAIL: ColumnElement[str] = literal_column(
    """normalize(lower(normalize(email, NFKC) COLLATE "und-x-icu"), NFKC)"""
)
IS_OLD_SPELLING: ColumnElement[bool] = literal_column("email IS NOT NFKC NORMALIZED")
"""Of accounts that 0.1.0 made, which kept addresses as they were typed."""


class User(Base):
    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_lower"),
        Index("ix_users_old_spelling", NORMAL_EMAIL, postgresql_where=IS_OLD_SPELLING),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    email: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class LoginSession(Base):
    """One login. It ends by the deletion of its row."""

    __tablename__ = "sessions"
    __table_args__ = (Index(None, "user_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    # How often the refresh token was replaced: the one with this number is good, earlier ones are used up.
    generation: Mapped[int] = mapped_column(server_default="0")
    client: Mapped[str] = mapped_column(Text, server_default="")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    refreshed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class PersonalToken(Base):
    """Only the hash of the token is kept. It is revoked by the deletion of its row."""

    __tablename__ = "personal_tokens"
    __table_args__ = (Index(None, "user_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Text)
    token_hash: Mapped[str] = mapped_column(Text, unique=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    last_used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
