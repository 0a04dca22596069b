"""What a restore tells peers, and which releases work on a schema."""

from alembic import op

revision = "0011"
down_revision = "0009"
works_from = "0011"

UPGRADE = """
-- A higher one tells peers that sessions may be lost (RFC 6733 section 8.16): a restore raises it.
ALTER TABLE installation ADD COLUMN origin_state_id bigint NOT NULL DEFAULT 1
    CHECK (origin_state_id BETWEEN 1 AND 4294967295);

CREATE TABLE schema_step (
    revision text PRIMARY KEY,
    works_from text NOT NULL,             -- schema of the oldest release that works with this one
    applied_at timestamptz NOT NULL DEFAULT now()
);
"""


def upgrade() -> None:
    op.execute(UPGRADE)
