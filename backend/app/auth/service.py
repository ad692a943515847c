"""Creates and finds accounts."""

from uuid import UUID

from sqlalchemy import and_, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.model import IS_OLD_SPELLING, NORMAL_EMAIL, User
from app.auth.spelling import normal_address
from app.errors import Conflict


async def create(session: AsyncSession, *, email: str, name: str, password_hash: str) -> User:
    """Raises Conflict if the address has an account, in whatever spelling."""
    normal = normal_address(email)
    statement = (
        insert(User)
        .values(email=normal, name=name, password_hash=password_hash)
        .on_conflict_do_nothing(index_elements=[User.email])
        .returning(User)
    )
    is_taken = await find_by_email(session, email) is not None
    user = None if is_taken else await session.scalar(statement)
    if user is None:
        raise Conflict("This e-mail address already has an account. Log in instead.")
    return user


async def find_by_email(session: AsyncSession, email: str) -> User | None:
    """As it is written, else by its normal spelling: 0.1.0 let several accounts look the same."""
    written, normal = email.lower(), normal_address(email)
    in_old_spelling = and_(IS_OLD_SPELLING, literal(normal) == NORMAL_EMAIL)
    query = select(User).where(or_(User.email.in_({written, normal}), in_old_spelling))
    closest = (User.email == written).desc(), (User.email == normal).desc(), User.created_at
    return await session.scalar(query.order_by(*closest).limit(1))


async def find(session: AsyncSession, user_id: UUID) -> User | None:
    return await session.get(User, user_id)


async def replace_hash(session: AsyncSession, user_id: UUID, password_hash: str) -> None:
    await session.execute(update(User).where(User.id == user_id).values(password_hash=password_hash))
