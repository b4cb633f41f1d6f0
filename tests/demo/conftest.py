"""Demos for the tests: files go to a folder of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.foundation import config


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path) -> Iterator[Path]:
    """Evidence of these tests lies here."""
    with config.override(data_dir=tmp_path):
        yield tmp_path
