"""A user's language may be none: then pages are in the browser's. Whether subscribers may see PUKs."""

from alembic import op

revision = "0025"
down_revision = "0024"
works_from = "0023"

# The release before reads and writes ``language``, which is never null; it goes with the next step.
UPGRADE = """
ALTER TABLE app_user ADD COLUMN IF NOT EXISTS chosen_language text;

-- Whether subscribers may see the PUK of their own line's card.
ALTER TABLE sim_policy ADD COLUMN IF NOT EXISTS puk_to_subscribers boolean NOT NULL DEFAULT true;
"""

# What differs from what everybody had from the start was chosen by somebody.
FILL = (
    "UPDATE app_user SET chosen_language = language"
    " WHERE language <> 'en' AND chosen_language IS NULL"
)


def upgrade() -> None:
    op.execute(UPGRADE)
    with op.get_context().autocommit_block():
        connection = op.get_bind()
        connection.exec_driver_sql("SET lock_timeout = 0")
        connection.exec_driver_sql(FILL)
        connection.exec_driver_sql("SET lock_timeout = '300ms'")
