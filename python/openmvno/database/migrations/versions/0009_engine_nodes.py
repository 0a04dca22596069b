"""The engines of the installation, in place of one owner's lease."""

from alembic import op

revision = "0009"
down_revision = "0008"

# owner: this run of the engine, as the journal names it; presence: the key of the advisory lock that
# its session holds; renewed_at: its sign of life, by the server's clock.
UPGRADE = """
CREATE TABLE engine_node (
    owner bigint PRIMARY KEY,
    presence integer NOT NULL,
    address text NOT NULL,
    origin_host text NOT NULL,
    joined_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    renewed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    leaving boolean NOT NULL DEFAULT false
);
DROP TABLE engine_lease;
"""


def upgrade() -> None:
    op.execute(UPGRADE)
