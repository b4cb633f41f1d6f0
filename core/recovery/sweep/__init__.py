"""The sweep: what time alone does to clocks. It wakes windows that opened, escalates what comes near, marks what is lost.

Late and soon are derived from the time and never stored; what the sweep stores is what happened once: a window opened, a
clock went to the lead, a moment passed for good. Run it as often as you like, from cron and inside the app, twice at once:
each row is changed once, only if it still is as it was seen, and one that fails does not keep the others.
"""

from core.recovery.sweep.running import Report, sweep, sweep_alone

__all__ = ["Report", "sweep", "sweep_alone"]
