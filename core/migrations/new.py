"""Draft the next migration from the models: `python -m core.migrations.new "Say why"`. Read it before you commit it."""

from __future__ import annotations

import sys

from core.foundation import migrate
from core.migrations.regenerate import draft


def main() -> None:
    """The next number, after the newest revision."""
    if len(sys.argv) != 2 or not sys.argv[1].strip():
        sys.exit('Say what the migration is for: python -m core.migrations.new "claims get a priority"')
    head = migrate.head()
    print(draft(sys.argv[1].strip(), revision=f"{int(head) + 1:04d}", base=head))


if __name__ == "__main__":
    main()
