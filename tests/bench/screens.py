"""What a rerun of each screen costs the server, against the empty page and against a tenth of the data; and a hundred people."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from urllib.parse import quote

from tests.bench import data, reads
from tests.bench.client import Run, Tab
from tests.bench.figures import Table, ms, p50, p95
from tests.bench.server import Server

EMPTY = "empty"
EMPTY_LIMIT_MS = 10.0
PAGE_LIMIT = 4.0
DISPUTES, DISPUTES_LIMIT = "Disputes", 3.0
"""Ten thousand open ones on the large server, a tenth of them on the small one."""
GROWTH_LIMIT = 1.3
CROWD_LIMIT = 40.0
THINK_S = 5.0

Visit = tuple[str, str]


def visits(samples: data.Samples, case: str) -> dict[str, Visit]:
    """The screens that are measured: name → (address, query). `case` is the case that is looked at."""
    return {
        "Today": ("", ""),
        "Register, first page": ("register", ""),
        "Register, filtered": ("register", f"state=closed&carrier={samples.carrier}"),
        "Register, a number": ("register", f"q={samples.number}"),
        f"Register, “{reads.LATIN}”": ("register", f"q={reads.LATIN}"),
        f"Register, “{reads.CHINESE}”": ("register", f"q={quote(reads.CHINESE)}"),
        "Case": ("case", f"ref={case}"),
        "Claims": ("claims", ""),
        DISPUTES: ("disputes", ""),
    }


def measure(
    table: Table, large: Server, of_large: data.Samples, small: Server, of_small: data.Samples, rounds: int
) -> float:
    """The figures of single screens, both servers in turn. Returns the empty page's p50 in seconds."""
    case, twin = data.twins(of_large, of_small)
    looked = visits(of_large, case)
    big, little = asyncio.run(_in_turn([(large, looked), (small, visits(of_small, twin))], rounds))
    empty = p50(big[EMPTY])
    table.add("page: empty, p50", empty * 1000, "ms", EMPTY_LIMIT_MS)
    for name in looked:
        table.add(
            f"page: {name}, over empty",
            p50(big[name]) / empty,
            limit=DISPUTES_LIMIT if name == DISPUTES else PAGE_LIMIT,
            detail=f"p50 {ms(p50(big[name]))}",
        )
    for name in looked:
        detail = f"p50 {ms(p50(little[name]))} → {ms(p50(big[name]))}"
        table.add(
            f"growth: {name}, ten times the cases",
            p50(big[name]) / p50(little[name]),
            limit=GROWTH_LIMIT,
            detail=detail,
        )
    return empty


async def _in_turn(servers: list[tuple[Server, dict[str, Visit]]], rounds: int) -> list[dict[str, list[float]]]:
    """Seconds of every screen on every server, one after the other in turn, after three rounds that do not count.

    Each screen has a tab of its own, as a person who only works there.
    """
    found: list[dict[str, list[float]]] = [{} for _server in servers]
    async with AsyncExitStack() as stack:
        tabs = []
        for place, (server, looked) in enumerate(servers):
            cookie = server.sign_in("mei", data.PASSWORD)
            for name, visit in {EMPTY: (EMPTY, ""), **looked}.items():
                tabs.append((place, name, visit, await stack.enter_async_context(Tab(server.address, cookie))))
        for turn in range(rounds + 3):
            for place, name, (page, query), tab in tabs:
                run = await tab.run(page, query)
                if run.trouble:
                    raise RuntimeError(f"{name}: {run.trouble}")
                if turn >= 3:
                    found[place].setdefault(name, []).append(run.seconds)
    return found


@dataclass
class Crowd:
    """What a hundred people met."""

    opened: list[Run] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    lost: int = 0
    megabytes: float = 0.0


def crowd(table: Table, server: Server, samples: data.Samples, empty: float, people: int, seconds: float) -> None:
    """A hundred people with five seconds between clicks, over all screens. Opening the tab is told apart from the clicks."""
    names = samples.usernames
    cookies = [server.sign_in(names[n % len(names)], data.PASSWORD) for n in range(people)]
    before, busy = server.megabytes(), server.cpu()
    met = asyncio.run(_crowd(server, cookies, samples, seconds))
    times = [run.seconds for run in met.runs]
    clicks = len(times) + len(met.opened)
    detail = f"p95 {ms(p95(times))}, p50 {ms(p50(times))}, {clicks} clicks, {clicks / seconds:.0f} a second"
    table.add(f"{people} people: p95 over the empty page's p50", p95(times) / empty, limit=CROWD_LIMIT, detail=detail)
    opened = [run.seconds for run in met.opened]
    table.add(f"{people} people: opening a tab, p95", p95(opened) * 1000, "ms", detail=f"p50 {ms(p50(opened))}")
    table.add(f"{people} people: the server's work for a click", (server.cpu() - busy) / clicks * 1000, "ms")
    table.add(f"{people} people: disconnected", met.lost, "", 0)
    table.add(f"{people} people: pages that failed", len(met.troubles), "", 0, "; ".join(sorted(set(met.troubles))[:3]))
    grown = f"{before:.0f} → {met.megabytes:.0f} MB"
    table.add(f"{people} people: memory of a session", max(0.0, met.megabytes - before) / people, "MB", detail=grown)


async def _crowd(server: Server, cookies: list[str], samples: data.Samples, seconds: float) -> Crowd:
    met = Crowd()
    until = time.monotonic() + seconds
    works = [asyncio.create_task(_person(server, cookie, samples, n, until, met)) for n, cookie in enumerate(cookies)]
    await asyncio.sleep(max(0.0, until - time.monotonic() - 1.0))
    met.megabytes = server.megabytes()
    await asyncio.gather(*works)
    return met


async def _person(server: Server, cookie: str, samples: data.Samples, number: int, until: float, met: Crowd) -> None:
    """One person: looks around, thinks about five seconds, clicks."""
    chance = random.Random(number)
    choices = list(visits(samples, samples.references[-1]).values())
    await asyncio.sleep(chance.random() * THINK_S)
    try:
        async with Tab(server.address, cookie) as tab:
            came = False
            while time.monotonic() < until:
                page, query = chance.choice(choices)
                if page == "case":
                    query = f"ref={chance.choice(samples.references)}"
                run = await tab.run(page, query)
                (met.runs if came else met.opened).append(run)
                came = True
                if run.trouble:
                    met.troubles.append(f"{page}: {run.trouble}")
                await asyncio.sleep(chance.uniform(0.5, 1.5) * THINK_S)
    except Exception as error:
        met.lost += 1
        met.troubles.append(f"{type(error).__name__}: {error}"[:80])
