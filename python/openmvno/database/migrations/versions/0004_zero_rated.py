"""Usage that costs nothing while a line is out of service."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE subscriber_line ADD COLUMN zero_rated_allowed boolean NOT NULL DEFAULT false"
    )
