"""What the team's own decided disputes say about the next: fight, settle or accept, and whether the odds held.

`model` is the arithmetic of chances, `advice` of ways, `calibration` of the look back; `settings` the minimums and costs.
"""
