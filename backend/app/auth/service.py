"""Creates and finds accounts."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.model import IS_OLD_SPELLING, NORMAL_EMAIL, User
from app.auth.spelling import normal_address
from app.errors import Conflict
from app.statements import Statements


@dataclass(frozen=True)
class Person:
    """A user as others see them."""

    id: UUID
    email: str
    name: str


async def create(session: AsyncSession, *, email: str, name: str, password_hash: str) -> User:
    """Raises Conflict if the address has an account, in whatever spelling."""
    normal = normal_address(email)
    statement = (
        insert(User)
        .values(email=normal, name=name, password_hash=password_hash)
        .on_conflict_do_nothing(index_elements=[User.email])
        .returning(User)
    )
    user = await session.scalar(statement)
    old_spelling = select(User.id).where(_in_old_spelling(normal)).limit(1)
    if user is None or await session.scalar(old_spelling) is not None:
        raise Conflict("This e-mail address already has an account. Log in instead.")
    return user


async def find_by_email(session: AsyncSession, email: str) -> User | None:
    """As it is written, else by its normal spelling: 0.1.0 let several accounts look the same."""
    written, normal = email.lower(), normal_address(email)
    query = select(User).where(or_(User.email.in_({written, normal}), _in_old_spelling(normal)))
    closest = (User.email == written).desc(), (User.email == normal).desc(), User.created_at
    return await session.scalar(query.order_by(*closest).limit(1))


async def find_person(statements: Statements, user_id: UUID) -> Person | None:
    found = await statements.rows("SELECT id, email, name FROM users WHERE id = %(id)s", {"id": user_id})
    return Person(**found[0]) if found else None


async def replace_hash(session: AsyncSession, user_id: UUID, password_hash: str) -> None:
    await session.execute(update(User).where(User.id == user_id).values(password_hash=password_hash))


def _in_old_spelling(normal: str) -> ColumnElement[bool]:
    """Whether an account's address has this normal form, but is not in it."""
    return and_(IS_OLD_SPELLING, literal(normal) == NORMAL_EMAIL)
