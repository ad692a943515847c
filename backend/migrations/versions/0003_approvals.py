"""Approvals of the assistant's changes, and what it remembers of its answers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "approvals",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("calls", postgresql.JSONB(), nullable=False),
        sa.Column("rows", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.Text()),
        sa.CheckConstraint(
            "decision IN ('approved', 'declined', 'dropped', 'expired')", name=op.f("ck_approvals_decision")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_approvals_user_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_approvals_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    op.create_index(
        op.f("ix_approvals_conversation_id"),
        "approvals",
        ["conversation_id"],
        unique=True,
        postgresql_where=sa.text("decision IS NULL"),
    )
    op.create_index(op.f("ix_approvals_user_id"), "approvals", ["user_id"])
    op.add_column("messages", sa.Column("memory", postgresql.JSONB()))


def downgrade() -> None:
    op.drop_column("messages", "memory")
    op.drop_table("approvals")
