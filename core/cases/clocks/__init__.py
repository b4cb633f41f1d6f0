"""The clocks of a case: the moments something opens or is due, running, paused or over.

Inner, except for `pause` and `resume`, which people ask for: the rooms above ask for rights, lock the case, then start,
move and settle clocks here. This room is the only writer of `clock` and `clock_pause` rows and of the case's `next_due_at` and
`next_clock`, which repeat the soonest running moment so that lists can sort by it.
"""

from core.cases.clocks.ends import every_window_closed
from core.cases.clocks.kinds import pause_reasons, rules
from core.cases.clocks.moments import Moments, stands
from core.cases.clocks.moving import inherit, move
from core.cases.clocks.pausing import LONGEST_NOTE, pause, pauses_of, resume, window_now
from core.cases.clocks.running import hand_over, living, refresh, running, settle, settle_all, start

__all__ = [
    "LONGEST_NOTE",
    "Moments",
    "every_window_closed",
    "hand_over",
    "inherit",
    "living",
    "move",
    "pause",
    "pause_reasons",
    "pauses_of",
    "refresh",
    "resume",
    "rules",
    "running",
    "settle",
    "settle_all",
    "stands",
    "start",
    "window_now",
]
