"""REST for tasks: /api/{user_id}/tasks."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.auth.identity import OwnerDep
from app.dependencies import SessionDep
from app.tasks import service
from app.tasks.model import DESCRIPTION_MAX, TITLE_MAX, Task
from app.tasks.service import Sort, Status
from app.wording import Text

router = APIRouter(prefix="/api/{user_id}/tasks", tags=["tasks"])

PAGE_MAX = 200
KEY_MAX = 100


def _null_is_empty(value: Any) -> Any:
    return "" if value is None else value


Title = Annotated[Text, Field(min_length=1, max_length=TITLE_MAX)]
Description = Annotated[Text, Field(max_length=DESCRIPTION_MAX), BeforeValidator(_null_is_empty)]


class NewTask(BaseModel):
    title: Title
    description: Description = ""


class TaskReplacement(NewTask):
    """Replaces title and description; `completed` only where it is given."""

    completed: bool = False


class TaskChange(BaseModel):
    """Changes the given fields; an absent one stays."""

    title: Title = ""
    description: Description = ""
    completed: bool = False


class Completion(BaseModel):
    completed: bool


class TaskOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    user_id: UUID
    title: str
    description: str
    completed: bool
    created_at: datetime
    updated_at: datetime


@router.get("", response_model=list[TaskOut])
async def list_tasks(
    owner: OwnerDep,
    session: SessionDep,
    response: Response,
    status: Status = "all",
    sort: Sort = "created",
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = PAGE_MAX,
    offset: Annotated[int, Query(ge=0, le=2**31)] = 0,
) -> Any:
    """A bare array; X-Total-Count says how many there are on all pages."""
    tasks, total = await service.list_tasks(
        session, owner.id, status=status, sort=sort, limit=limit, offset=offset
    )
    response.headers["X-Total-Count"] = str(total)
    return tasks


@router.post("", status_code=201, response_model=TaskOut)
async def create_task(
    owner: OwnerDep,
    session: SessionDep,
    response: Response,
    body: NewTask,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=KEY_MAX)] = None,
) -> Task:
    """The same Idempotency-Key again adds nothing: the answer is the task that it made, as it is now."""
    task = await service.create(
        session,
        owner.id,
        title=body.title,
        description=body.description,
        idempotency_key=idempotency_key,
    )
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
    await service.remove(session, owner.id, task_id)
