"""What every room stands on, and what knows nothing of parcels.

config, database, clock and calendars, money, errors, permissions and the gate, transitions, audit, language and
formats, files, pictures and documents. Nothing here imports from another room of `core`.
"""
