"""Texts: plain, a table, a mail; and markup, which is refused."""

from __future__ import annotations

import re
from typing import BinaryIO

from core.foundation.language import N_
from core.foundation.sniff.kinds import EMPTY, KINDS, UNKNOWN, Foreign, Kind

TEXT_SAMPLE = 256 * 1024

_MAIL_HEADERS = set(
    b"from to cc date subject message-id received mime-version return-path delivered-to content-type reply-to sender "
    b"dkim-signature x-received x-mailer".split()
)
_MAIL_MUST = {b"from", b"date", b"message-id", b"received"}
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def text_kind(file: BinaryIO) -> Kind | Foreign:
    """Plain text, a table as text or a mail; markup is refused, because a browser would run it."""
    file.seek(0)
    sample = file.read(TEXT_SAMPLE)
    text = decode(sample)
    if text is None:
        return UNKNOWN
    start = text.lstrip("\ufeff \t\r\n").lower()
    if not start:
        return EMPTY
    if start.startswith("<"):
        return Foreign(_markup(start))
    if _is_mail(sample):
        return KINDS["eml"]
    return KINDS["csv"] if _is_table(text) else KINDS["txt"]


def _markup(start: str) -> str:
    if "<svg" in start[:2000]:
        return N_("an SVG drawing; save it as PNG")
    if re.match(r"<(!doctype html|html|head|body|script|meta|title|table|div|!--|a |p>|iframe|img)", start):
        return N_("a web page; print it to PDF")
    return N_("an XML file")


def decode(sample: bytes) -> str | None:
    """The beginning of a text as a string; None if this is no text. Knows UTF-8, UTF-16 with a mark, and GB 18030."""
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\x00" in sample:
        return None
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        for cut in range(4):  # the sample may end inside a character
            try:
                text = sample[: len(sample) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
            return None if _CONTROL.search(text) else text
    return None


def _is_mail(sample: bytes) -> bool:
    """Whether it begins with the headers of a mail: at least three known ones before the first empty line."""
    headers = re.split(rb"\r?\n\r?\n", sample.lstrip(b"\xef\xbb\xbf"), maxsplit=1)[0]
    names = set()
    for line in re.sub(rb"\r?\n[ \t]+", b" ", headers).splitlines():
        name, colon, _rest = line.partition(b":")
        if not colon or not re.fullmatch(rb"[!-9;-~]+", name):
            return False
        names.add(name.lower())
    return len(names & _MAIL_HEADERS) >= 3 and len(names & _MAIL_MUST) >= 2


def _is_table(text: str) -> bool:
    """Whether the first lines have the same number of commas, semicolons or tabs."""
    lines = [line for line in text.splitlines()[:6] if line.strip()][:5]
    counts = [{line.count(mark) for line in lines} for mark in ",;\t"]
    return len(lines) > 1 and any(len(count) == 1 and 0 not in count for count in counts)
