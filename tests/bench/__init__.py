"""Measures Recoup and prints every figure as a ratio, in one run: `make bench`, or `python -m tests.bench --quick`.

How each figure is taken, and why so, stands in docs/decisions/measuring.md.
"""
