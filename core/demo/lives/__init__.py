"""What happens to a case, from notice to close: a script of steps, each with its moment, its person and its verb.

A script knows nothing of the database. `play` hands it to the real verbs, `mass` writes what they would have written. Scripts end
at the present moment, or after the step a story asks for.

    script      time passes, steps are written down, promises come due
    everyday    what people do in any case: talk, remark, bring proof, close
    claiming    the claim, from proving the loss to the payout
    teller      the whole life
"""

from core.demo.lives.teller import Teller

__all__ = ["Teller"]
