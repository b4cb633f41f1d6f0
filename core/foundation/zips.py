"""What a broken ZIP archive raises."""

from __future__ import annotations

import lzma
import zipfile
import zlib

BROKEN = (
    zipfile.BadZipFile,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    OverflowError,
    ValueError,
    zlib.error,
    lzma.LZMAError,
)
"""What Python's reader of archives raises at one that broke off, was tampered with, or is packed in a way it cannot unpack."""
