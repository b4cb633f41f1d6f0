"""The history of the database's shape, run by Alembic at start (core/foundation/migrate.py).

    0001_functions   what the tables lean on: search grams, the refusal of changes
    0002_tables      the tables, written from the models by `python -m core.migrations.regenerate` until the first
    release 0003_guards      triggers: append-only tables, the ledger's balance

From the first release on a change of the models comes with a file of its own, drafted by `python -m
core.migrations.new "why"`. There is no way down: what a mistake costs is a restored backup, and a downgrade nobody
runs is code nobody tests.
"""
