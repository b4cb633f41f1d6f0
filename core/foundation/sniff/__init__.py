"""What a file is, read from its bytes and never from its name, and whether Recoup takes it.

`examine` is the door: it names the kind, or refuses with a sentence that says what was found instead. It reads what it
needs of the file and leaves it at its beginning. Whether a picture can be decoded is for `pictures.facts` to say.
"""

from core.foundation.sniff.beginnings import HEAD, sniff
from core.foundation.sniff.door import Examined, broken, examine
from core.foundation.sniff.kinds import (
    BY_MEDIA_TYPE,
    EMPTY,
    KINDS,
    LIMITS,
    UNKNOWN,
    Family,
    Foreign,
    Kind,
)
from core.foundation.sniff.texts import TEXT_SAMPLE, decode

__all__ = [
    "BY_MEDIA_TYPE",
    "EMPTY",
    "HEAD",
    "KINDS",
    "LIMITS",
    "TEXT_SAMPLE",
    "UNKNOWN",
    "Examined",
    "Family",
    "Foreign",
    "Kind",
    "broken",
    "decode",
    "examine",
    "sniff",
]
