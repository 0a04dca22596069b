"""When a catalogue version comes into force."""

from alembic import op

revision = "0008"
down_revision = "0007"

# Of the published versions that with the latest effective_at that has come is in force. A version
# that followed another was marked retired before; when it ended is when the next one began.
UPGRADE = """
DROP INDEX catalog_version_published;
ALTER TABLE catalog_version ADD COLUMN effective_at timestamptz;
UPDATE catalog_version SET state = 'published', effective_at = published_at, retired_at = NULL
    WHERE published_at IS NOT NULL;
ALTER TABLE catalog_version ADD CHECK ((state = 'published') = (effective_at IS NOT NULL));
CREATE UNIQUE INDEX catalog_version_by_time ON catalog_version (tenant_id, effective_at)
    WHERE state = 'published';
"""


def upgrade() -> None:
    op.execute(UPGRADE)
