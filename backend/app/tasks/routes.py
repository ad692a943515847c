"""REST for tasks: /api/{user_id}/tasks."""

from dataclasses import fields
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json

from app.auth.identity import OwnerDep, SignedOwnerDep, confirm
from app.bodies import Body
from app.dependencies import SessionDep, StatementsDep
from app.paging import CURSOR_MAX, link_next
from app.queries import describe_query, read_query
from app.tasks import listing, service
from app.tasks.fields import Description, Moment, Tag, Tags, Title
from app.tasks.listing import Filters, Sort, Status
from app.tasks.model import Priority, Task
from app.wording import Text

router = APIRouter(prefix="/api/{user_id}/tasks", tags=["tasks"])

PAGE_MAX = 200
KEY_MAX = 100
WORDS_MAX = 200


class NewTask(Body):
    title: Title
    description: Description = ""
    priority: Priority = "none"
    tags: Tags = []
    due_at: Moment | None = None


class TaskReplacement(NewTask):
    """Replaces title and description; the other fields only where they are given."""

    completed: bool = False


class TaskChange(Body):
    """Changes the given fields; an absent one stays."""

    title: Title = ""
    description: Description = ""
    completed: bool = False
    priority: Priority = "none"
    tags: Tags = []
    due_at: Moment | None = None


class Completion(Body):
    completed: bool


class ListQuery(Body):
    status: Status = "all"
    priority: Priority | None = None
    tag: Tag | None = None
    q: Annotated[
        Text, Field(max_length=WORDS_MAX, description="words that title, description or tags contain")
    ] = ""
    due_after: Annotated[Moment | None, Field(description="due then or later")] = None
    due_before: Annotated[Moment | None, Field(description="due earlier")] = None
    sort: Annotated[
        Sort, Field(description="newest, next due or highest priority first; `-` reverses the order")
    ] = "created"
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = PAGE_MAX
    cursor: Annotated[str | None, Field(max_length=CURSOR_MAX, description="from the `Link` header")] = None
    # The page of 0.1.0 sends it with every list, and needs the count. Pydantic's own `deprecated` would warn
    # of each use here.
    offset: Annotated[
        int | None,
        Field(
            ge=0,
            le=2**31,
            description="deprecated, the next release refuses it: use `cursor`",
            json_schema_extra={"deprecated": True},
        ),
    ] = None
    count: Annotated[bool, Field(description="tell in `X-Total-Count` how many are on all pages")] = False

    def filters(self) -> Filters:
        return Filters(**{field.name: getattr(self, field.name) for field in fields(Filters)})


class TaskOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    user_id: UUID
    title: str
    description: str
    completed: bool
    completed_at: datetime | None
    priority: Priority
    tags: list[str]
    due_at: datetime | None
    created_at: datetime
    updated_at: datetime


@router.get("", response_model=list[TaskOut], openapi_extra=describe_query(ListQuery))
async def list_tasks(request: Request, owner: SignedOwnerDep, statements: StatementsDep) -> Response:
    """A bare array. `Link` has the next page where there is one: the same query with a cursor."""
    query = read_query(request, ListQuery)
    filters = query.filters()
    page = await listing.list_page(
        statements,
        owner.id,
        filters,
        sort=query.sort,
        limit=query.limit,
        cursor=query.cursor,
        offset=query.offset or 0,
        session=owner.session,
    )
    if not page.tasks:
        await confirm(statements, owner)
    # Rows as they come from the database are JSON at a fifth of what a model of each would take.
    response = Response(to_json(page.tasks), media_type="application/json")
    if page.next is not None:
        link_next(request, response, cursor=page.next)
    if query.count or query.offset is not None:
        response.headers["X-Total-Count"] = str(await listing.count(statements, owner.id, filters))
    return response


@router.post("", status_code=201, response_model=TaskOut, responses={409: {}})
async def create_task(
    owner: OwnerDep,
    session: SessionDep,
    response: Response,
    body: NewTask,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=KEY_MAX)] = None,
) -> Task:
    """The same Idempotency-Key again adds nothing: the answer is the task that it made, as it is now."""
    task = await service.create(session, owner.id, body.model_dump(), idempotency_key)
    response.headers["Location"] = f"/api/{owner.id}/tasks/{task.id}"
    return task


@router.get("/{task_id}", response_model=TaskOut)
async def get_task(owner: OwnerDep, session: SessionDep, task_id: int) -> Task:
    return await service.get(session, owner.id, task_id)


@router.put("/{task_id}", response_model=TaskOut)
async def replace_task(owner: OwnerDep, session: SessionDep, task_id: int, body: TaskReplacement) -> Task:
    values = {"description": body.description, **body.model_dump(exclude_unset=True)}
    return await service.change(session, owner.id, task_id, values)


@router.patch("/{task_id}", response_model=TaskOut)
async def change_task(owner: OwnerDep, session: SessionDep, task_id: int, body: TaskChange) -> Task:
    return await service.change(session, owner.id, task_id, body.model_dump(exclude_unset=True))


@router.patch("/{task_id}/complete", response_model=TaskOut)
async def complete_task(
    owner: OwnerDep, session: SessionDep, task_id: int, body: Completion | None = None
) -> Task:
    """Without a body toggles, which is not safe to repeat; `{"completed": …}` is."""
    return await service.complete(session, owner.id, task_id, body.completed if body else None)


@router.delete("/{task_id}", status_code=204)
async def delete_task(owner: OwnerDep, session: SessionDep, task_id: int) -> None:
    """The task can be restored."""
    await service.remove(session, owner.id, task_id)


@router.post("/{task_id}/restore", response_model=TaskOut, responses={409: {}})
async def restore_task(owner: OwnerDep, session: SessionDep, task_id: int) -> Task:
    """Take a deletion back: the task is as it was, with its number and dates. One that is there stays so."""
    return await service.restore(session, owner.id, task_id)
