"""A browser's side of Streamlit's websocket: ask for a run of a page, take everything that comes, know when it is finished."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

LARGEST = 64 * 2**20


@dataclass(frozen=True)
class Run:
    """One run of a page as the browser sees it: seconds from asking to finished, bytes and messages, and what went wrong."""

    seconds: float
    size: int
    messages: int
    trouble: str = ""


@dataclass
class Tab:
    """One open tab. Use as `async with Tab(address, cookie) as tab: await tab.run("register", "state=closed")`."""

    address: str
    cookie: str
    language: str = "en-GB"
    _socket: ClientConnection | None = None
    _hashes: dict[str, str] = field(default_factory=dict)
    _now: str = ""

    async def __aenter__(self) -> Self:
        place = urlsplit(self.address)
        self._socket = await connect(
            f"ws://{place.netloc}/_stcore/stream",
            origin=self.address,  # type: ignore[arg-type]
            subprotocols=["streamlit"],  # type: ignore[list-item]
            additional_headers={"Cookie": self.cookie, "Accept-Language": self.language},
            compression=None,
            max_size=LARGEST,
            ping_interval=None,
            user_agent_header="Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36",
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._socket is not None:
            await self._socket.close()

    async def run(self, page: str, query: str = "", *, timeout: float = 60.0) -> Run:
        """Run a page (its address without the slash; empty: the start page) with that query, to its end."""
        if self._socket is None:
            raise RuntimeError("the tab is not open")
        state = ClientState(query_string=query, page_name=page)
        if known := self._hashes.get(page):
            state.page_script_hash = known
        state.context_info.timezone = "Asia/Singapore"
        state.context_info.timezone_offset = -480
        state.context_info.locale = self.language
        state.context_info.url = f"{self.address}/{page}" + (f"?{query}" if query else "")
        state.context_info.is_embedded = False
        began = time.perf_counter()
        await self._socket.send(BackMsg(rerun_script=state).SerializeToString())
        return await asyncio.wait_for(self._finish(page, began), timeout)

    async def _finish(self, page: str, began: float) -> Run:
        if self._socket is None:
            raise RuntimeError("the tab is not open")
        size = count = 0
        trouble = ""
        while True:
            data = await self._socket.recv()
            at = time.perf_counter()
            size, count = size + len(data), count + 1
            message = ForwardMsg.FromString(data)
            kind = message.WhichOneof("type")
            if kind == "navigation":
                self._hashes[page] = message.navigation.page_script_hash
            elif kind == "delta":
                trouble = trouble or _trouble(message)
            elif kind == "page_not_found":
                trouble = f"there is no page {page}"
            elif kind == "script_finished":
                if message.script_finished != ForwardMsg.FINISHED_SUCCESSFULLY:
                    if message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                        continue
                    trouble = trouble or "the script did not compile"
                return Run(at - began, size, count, trouble)


def _trouble(message: Any) -> str:
    """What an exception or a red box on the page says."""
    element = message.delta.new_element
    kind = element.WhichOneof("type")
    if kind == "exception":
        return str(element.exception.message) or "an exception"
    if kind == "alert" and element.alert.format == element.alert.ERROR:
        return str(element.alert.body)
    return ""
