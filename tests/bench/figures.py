"""What was measured, against what is allowed, as a table."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Figure:
    """One figure. `limit` None: only told, not judged. `detail` says what it is made of."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    detail: str = ""

    @property
    def ok(self) -> bool:
        """Whether it keeps its limit."""
        return self.limit is None or self.value <= self.limit


@dataclass
class Table:
    """Figures as they come: each is printed at once, and all of them again at the end."""

    figures: list[Figure] = field(default_factory=list)

    def add(self, name: str, value: float, unit: str = "×", limit: float | None = None, detail: str = "") -> None:
        """Note a figure and print it."""
        figure = Figure(name, value, unit, limit, detail)
        self.figures.append(figure)
        print("  " + _line(figure, 46), flush=True)

    @property
    def ok(self) -> bool:
        """Whether every figure keeps its limit."""
        return all(figure.ok for figure in self.figures)

    def text(self) -> str:
        """The table."""
        wide = max((len(figure.name) for figure in self.figures), default=10)
        head = f"{'figure':<{wide}}  {'measured':>10}  {'limit':>8}        made of"
        return "\n".join([head, "-" * len(head), *(_line(figure, wide) for figure in self.figures)])


def _line(figure: Figure, wide: int) -> str:
    limit = "" if figure.limit is None else f"≤ {figure.limit:g}"
    verdict = "" if figure.limit is None else "ok" if figure.ok else "OVER"
    return f"{figure.name:<{wide}}  {_number(figure.value)} {figure.unit:<3} {limit:>8}  {verdict:<4}  {figure.detail}".rstrip()


def _number(value: float) -> str:
    return f"{value:>6.2f}" if abs(value) < 100 else f"{value:>6.0f}"


def ms(seconds: float) -> str:
    """Milliseconds in words."""
    return f"{seconds * 1000:.1f} ms"


def p50(values: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(values)


def p95(values: Sequence[float]) -> float:
    """What nineteen of twenty keep."""
    return sorted(values)[max(0, round(len(values) * 0.95) - 1)]
