"""Keys by which a repeated request to add a task is known."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tasks", sa.Column("idempotency_key", sa.Text()))
    op.create_unique_constraint(
        op.f("uq_tasks_user_id_idempotency_key"), "tasks", ["user_id", "idempotency_key"]
    )


def downgrade() -> None:
    op.drop_constraint(op.f("uq_tasks_user_id_idempotency_key"), "tasks")
    op.drop_column("tasks", "idempotency_key")
