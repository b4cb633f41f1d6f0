"""Making what a receiver takes out of what a case holds: a plan to look at, then files within the receiver's limits.

Originals are never touched: every file made here is a copy. `plan` says without opening a file what will happen to each;
`fit` does it, goes down in size only as far as a picture can still be read, and refuses with a sentence what cannot fit.
"""

from core.recovery.packs.fit.make import Form, fit
from core.recovery.packs.fit.pieces import Fitted, Held, Part
from core.recovery.packs.fit.plan import Handling, Plan, Step, plan

__all__ = ["Fitted", "Form", "Handling", "Held", "Part", "Plan", "Step", "fit", "plan"]
