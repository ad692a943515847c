"""Numbers per user, priority, tags, due dates, and deletions that can be taken back.

The release before this one goes on serving on this schema, so the database does what its code does not know
of: it numbers new tasks, keeps the date of a completion and moves deleted tasks to a table of their own.

`tasks.id` becomes the number that the user sees, 1, 2, 3 … for each; existing tasks are numbered in the order
of their creation. Numbers that were remembered or wait for a "yes" are the old ones and are forgotten.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NUMBER_EXISTING = """
UPDATE tasks SET number = numbered.number
FROM (
  SELECT id, row_number() OVER (PARTITION BY user_id ORDER BY created_at, id) AS number FROM tasks
) numbered
WHERE tasks.id = numbered.id
"""

# New tasks of one user wait for each other at the user's row, so that each sees the number before its own.
# A repeated request for a task that was deleted since adds nothing: the insert is dropped.
NUMBER_NEW = """
CREATE FUNCTION number_task() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM users WHERE id = NEW.user_id FOR NO KEY UPDATE;
  IF NEW.id IS NULL THEN
    IF NEW.idempotency_key IS NOT NULL AND EXISTS (
      SELECT FROM deleted_tasks
      WHERE user_id = NEW.user_id AND idempotency_key = NEW.idempotency_key
    ) THEN
      RETURN NULL;
    END IF;
    NEW.id := 1 + greatest(
      (SELECT max(id) FROM tasks WHERE user_id = NEW.user_id),
      (SELECT max(id) FROM deleted_tasks WHERE user_id = NEW.user_id),
      0
    );
  END IF;
  RETURN NEW;
END $$
"""

# An add that is repeated meanwhile waits for the deletion, and then finds the deleted task.
ORDER_DELETION = """
CREATE FUNCTION order_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM users WHERE id = OLD.user_id FOR NO KEY UPDATE;
  RETURN OLD;
END $$
"""

DATE_COMPLETION = """
CREATE FUNCTION date_completion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT NEW.completed THEN
    NEW.completed_at := NULL;
  ELSIF NEW.completed_at IS NULL THEN
    NEW.completed_at := now();
  END IF;
  RETURN NEW;
END $$
"""

# Of an account that is deleted, nothing is kept.
KEEP_DELETED = """
CREATE FUNCTION keep_deleted_task() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO deleted_tasks (
    id, user_id, title, description, completed, completed_at, priority, tags, due_at, created_at, updated_at,
    idempotency_key
  )
  SELECT
    OLD.id, OLD.user_id, OLD.title, OLD.description, OLD.completed, OLD.completed_at, OLD.priority, OLD.tags,
    OLD.due_at, OLD.created_at, OLD.updated_at, OLD.idempotency_key
  WHERE EXISTS (SELECT FROM users WHERE id = OLD.user_id);
  RETURN NULL;
END $$
"""

TRIGGERS = {
    "number_task": "BEFORE INSERT",
    "date_completion": "BEFORE INSERT OR UPDATE",
    "order_deletion": "BEFORE DELETE",
    "keep_deleted_task": "AFTER DELETE",
}


def upgrade() -> None:
    op.add_column("tasks", sa.Column("number", sa.BigInteger()))
    op.execute(NUMBER_EXISTING)
    op.drop_constraint(op.f("pk_tasks"), "tasks")
    op.drop_column("tasks", "id")
    op.alter_column("tasks", "number", new_column_name="id", nullable=False)
    op.create_primary_key(op.f("pk_tasks"), "tasks", ["user_id", "id"])

    for column in _new_columns():
        op.add_column("tasks", column)
    op.create_check_constraint(op.f("ck_tasks_priority"), "tasks", "priority BETWEEN 0 AND 3")
    op.execute("UPDATE tasks SET completed_at = updated_at WHERE completed")
    op.create_table(
        "deleted_tasks",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("completed", sa.Boolean(), nullable=False),
        *_new_columns(),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("idempotency_key", sa.Text()),
        sa.Column("deleted_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_deleted_tasks_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "id", name=op.f("pk_deleted_tasks")),
    )
    for function in (NUMBER_NEW, DATE_COMPLETION, ORDER_DELETION, KEEP_DELETED):
        op.execute(function)
    for name, event in TRIGGERS.items():
        op.execute(f"CREATE TRIGGER {name} {event} ON tasks FOR EACH ROW EXECUTE FUNCTION {name}()")

    op.execute("UPDATE approvals SET decision = 'expired' WHERE decision IS NULL")
    op.execute("UPDATE messages SET memory = NULL WHERE memory IS NOT NULL")


def downgrade() -> None:
    for name in TRIGGERS:
        op.execute(f"DROP TRIGGER {name} ON tasks")
        op.execute(f"DROP FUNCTION {name}()")
    op.drop_table("deleted_tasks")
    op.drop_constraint(op.f("ck_tasks_priority"), "tasks")
    for name in ("due_at", "tags", "priority", "completed_at"):
        op.drop_column("tasks", name)
    op.drop_constraint(op.f("pk_tasks"), "tasks")
    op.drop_column("tasks", "id")
    op.add_column("tasks", sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False))
    op.create_primary_key(op.f("pk_tasks"), "tasks", ["id"])


def _new_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("completed_at", sa.DateTime(timezone=True)),
        sa.Column("priority", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True)),
    ]
