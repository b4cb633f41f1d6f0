"""Buyers' data goes out of the record after its days; numbers, money, dates and states stay.

    days      after how many days, whole or by shop (`data/privacy.toml`)
    due       which parcels, disputes and files those days are over for
    reach     which rows of the database belong to a parcel, found by the types of columns and the keys between tables
    parcel    one parcel with its cases: everything of its buyer out, told in each case's chain
    others    parcels without a case, lone disputes, the raw rows of old files
    running   all of it, one after the other, each in a transaction of its own

What a column holds of a buyer is said by its type (`foundation.buyers`); a new table with such a column is reached by itself.
"""

from core.recovery.redaction.days import usual_days
from core.recovery.redaction.parcel import redact_case
from core.recovery.redaction.running import Redacted, clear_files, redact_all

__all__ = ["Redacted", "clear_files", "redact_all", "redact_case", "usual_days"]
