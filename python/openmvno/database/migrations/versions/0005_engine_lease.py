"""Who owns the engine's shards, and when it last said so."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE engine_lease ("
        " singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),"
        " owner bigint NOT NULL,"
        " renewed_at timestamptz NOT NULL)"
    )
