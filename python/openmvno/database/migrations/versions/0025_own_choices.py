"""A user's language may be none: then pages are in the browser's. Whether subscribers may see PUKs."""

from alembic import op

revision = "0025"
down_revision = "0024"
works_from = "0023"

# The release before reads and writes ``language``, which is never null; it goes with the next step.
# What differs from what everybody had from the start was chosen by somebody.
UPGRADE = """
ALTER TABLE app_user ADD COLUMN chosen_language text;
UPDATE app_user SET chosen_language = language WHERE language <> 'en';

-- Whether subscribers may see the PUK of their own line's card.
ALTER TABLE sim_policy ADD COLUMN puk_to_subscribers boolean NOT NULL DEFAULT true;
"""


def upgrade() -> None:
    op.execute(UPGRADE)
