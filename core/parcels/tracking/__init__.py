"""Scans of parcels: 17TRACK and AfterShip payloads, CSV, and what a person copies from a tracking page.

    payloads      JSON → scans as told          (seventeen, aftership: one file a source)
    pasted        text → scans understood
    moments       dates and hours, with the zone as told
    vocabulary    codes and words → Recoup's own states
    scan          one scan, told and understood
    known         which stored parcels a number means
    store         scans into the database, each once
    told          what the scans make of a parcel's own dates, and taking it back
    kind          scans as a kind of file (JSON becomes a table in `importers.trackers`)
    reads         the scans of a parcel

Codes of the source are kept beside our state. Unknown stays unknown. Times without a zone are local to the parcel's shop.
"""
