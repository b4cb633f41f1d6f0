"""Demo data: a made-up team, its shops, parcels, cases and proofs, for trying Recoup out and for measuring it.

The story cases go through the same verbs a person's clicks do; the mass beside them is written straight into the tables in the
shape the verbs give (a test holds the two together). Everything follows from the seed and the present moment.
"""
