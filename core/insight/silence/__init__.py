"""How long parcels of a channel stay silent before they arrive, from the team's own history.

`curves` is the arithmetic, `pooling` whose history answers, `waits` counts the silences in the database, and `remaking` puts the
curves where `core.recovery.silent` reads them.
"""

from core.insight.silence.remaking import keep_curves, remake_curves

__all__ = ["keep_curves", "remake_curves"]
