"""What the tables lean on: the grams of a text for search, and the refusal of changes.

The regular expressions are those of core/foundation/grams.py as it was when this was written; a test holds the two together.
"""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SEPARATORS = (
    r"\u0001-\u002F\u003A-\u0040\u005B-\u0060\u007B-\u00BF\u00D7\u00F7\u2000-\u2BFF\u2E00-\u2E7F"
    r"\u3000-\u3004\u3008-\u303F\uE000-\uF8FF\uFE00-\uFE6F\uFF00-\uFFEF\U0001F000-\U0001FAFF"
)
UNSPACED = (
    r"\u0E00-\u0EFF\u1000-\u109F\u1100-\u11FF\u1780-\u17FF\u2E80-\u2FFF\u3005-\u3007\u3040-\u31FF"
    r"\u3400-\u4DBF\u4E00-\uA4CF\uAC00-\uD7AF\uF900-\uFAFF\U00020000-\U0003FFFF"
)

# Nothing in these statements comes from outside.
GRAMS = f"""
CREATE FUNCTION recoup_grams(text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT gram COLLATE "C"), '{{}}') FROM (
        SELECT substr(run[1], at, 3) AS gram
        FROM regexp_matches($1, '[^{SEPARATORS}{UNSPACED}]{{3,}}', 'g') AS run,
             generate_series(1, length(run[1]) - 2) AS at
        UNION ALL
        SELECT substr(run[1], at, size)
        FROM regexp_matches($1, '[{UNSPACED}]+', 'g') AS run,
             generate_series(1, 2) AS size,
             generate_series(1, length(run[1]) + 1 - size) AS at
    ) AS pieces
$$
"""  # noqa: S608

REFUSE_CHANGE = """
CREATE FUNCTION recoup_refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$
"""


def upgrade() -> None:
    op.execute(GRAMS)
    op.execute(REFUSE_CHANGE)
