"""What a changed rule or calendar does to clocks that run already: looked at first, then moved case by case.

A case keeps the version of a card it was opened under, and the dates that were counted then, until somebody moves it.
Filed claims keep theirs for good: what was filed was filed in its time. Past pauses are kept when a clock moves.
"""

from core.recovery.moving.looking import preview, preview_calendar, preview_move
from core.recovery.moving.moves import move_cases, recount
from core.recovery.moving.rows import Moved, Preview, Touched

__all__ = ["Moved", "Preview", "Touched", "move_cases", "preview", "preview_calendar", "preview_move", "recount"]
