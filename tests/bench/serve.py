"""`python -m core serve`, with one more page: the empty one. Everything else is what `make run` serves."""

from __future__ import annotations

import pages.parts.menu as menu
from core.commands.serve import serve
from core.foundation.permissions import Permission

if __name__ == "__main__":
    empty = menu.Screen(
        "../tests/bench/empty.py", "Empty", "check", menu.WORK, (Permission.INCIDENT_READ,), listed=False
    )
    menu.SCREENS = (*menu.SCREENS, empty)
    serve()
