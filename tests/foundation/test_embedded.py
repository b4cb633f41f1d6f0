"""The embedded Postgres: shared, started and stopped with its users, and not to be broken by killing any of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from core.foundation import accounts, embedded, keeper, locks
from core.foundation.embedded import folder as whose
from core.foundation.errors import BadConfig, Unavailable

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(sys.platform == "win32", reason="kills processes the Unix way"),
]

ROOT = Path(__file__).parents[2]
SMALL = {"shared_buffers": "32MB"}

# A process that uses the database as the app does: writes a row, says so once it is committed, and goes on until it is
# ended.
USER = """
import sys, time
from pathlib import Path
from core.foundation import embedded
server = embedded.start(Path(sys.argv[1]), grace=0.3, settings={"shared_buffers": "32MB"})
with server.connect("recoup") as connection:
    connection.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
    connection.execute("INSERT INTO kept VALUES (%s)", (sys.argv[2],))
print("written", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("pg") / "postgres"
    yield place
    server = keeper.read_state(place).get("server", 0)
    held = keeper.read_state(place).get("keeper", 0)
    for process in (held, server):
        if process and psutil.pid_exists(process):
            os.kill(process, signal.SIGKILL)


def use(folder: Path) -> embedded.Server:
    return embedded.start(folder, grace=0.3, settings=SMALL)


def user(folder: Path, word: str) -> subprocess.Popen[str]:
    """Another process with its row written."""
    process = subprocess.Popen(
        [sys.executable, "-c", USER, str(folder), word],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "written\n"
    return process


def end(process: subprocess.Popen[str], number: int = signal.SIGKILL) -> None:
    process.send_signal(number)
    process.communicate()


def words(server: embedded.Server) -> set[str]:
    with server.connect("recoup") as connection:
        return {row[0] for row in connection.execute("SELECT word FROM kept")}


def until(true: Callable[[], Any], seconds: float = 20.0) -> None:
    """Wait for something to become true."""
    latest = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < latest, "it never came true"
        time.sleep(0.05)


def server_process(folder: Path) -> int:
    return int(keeper.read_state(folder)["server"])


def stopped(folder: Path) -> bool:
    return not keeper.read_state(folder) and keeper.read_postmaster(folder / "cluster") == (0, "")


def running(process: int) -> bool:
    """Whether it still does anything: a process that has ended may wait, as a zombie, for somebody to notice."""
    try:
        return bool(psutil.Process(process).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def answering(server: embedded.Server) -> bool:
    try:
        with server.connect("recoup"):
            return True
    except psycopg.OperationalError:
        return False


def test_a_second_start_finds_what_the_first_one_left(folder: Path) -> None:
    first = use(folder)
    with first.connect("recoup") as connection:
        connection.execute("CREATE TABLE kept AS SELECT 'stays' AS word")
    first.close()
    assert stopped(folder)
    second = use(folder)
    assert words(second) == {"stays"}
    second.close()


def test_the_database_is_utf8_sorts_by_code_point_and_lives_in_utc(folder: Path) -> None:
    server = use(folder)
    with server.connect("recoup") as connection:
        found = connection.execute(
            "SELECT current_setting('server_encoding'), current_setting('TimeZone'), lower('ÄÉ包裹'), 'Z' < 'a',"
            " current_setting('fsync'), current_setting('synchronous_commit'), current_setting('data_checksums')"
        ).fetchone()
    assert found == ("UTF8", "UTC", "äé包裹", True, "on", "on", "on")
    server.close()


def test_nothing_listens_on_the_network_and_the_socket_is_private(folder: Path) -> None:
    server = use(folder)
    with server.connect() as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    assert Path(server.socket).stat().st_mode & 0o077 == 0
    assert (folder / "cluster").stat().st_mode & 0o077 == 0
    assert (folder / "password").stat().st_mode & 0o077 == 0
    server.close()


def test_without_sockets_it_answers_on_loopback_and_asks_for_the_password(folder: Path) -> None:
    server = embedded.start(folder, tcp=True, grace=0.3, settings=SMALL)
    with psycopg.connect(server.url.replace("+psycopg", "")) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("127.0.0.1",)
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host="127.0.0.1", port=server.port, user="recoup", dbname="recoup", password="guess")
    server.close()


def test_two_processes_that_start_at_once_share_one_server(folder: Path) -> None:
    others = [
        subprocess.Popen(
            [sys.executable, "-c", USER, str(folder), word],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for word in ("one", "two", "three")
    ]
    for other in others:
        assert other.stdout is not None
        assert other.stdout.readline() == "written\n"
    server = use(folder)
    assert words(server) == {"one", "two", "three"}
    for other in others:
        end(other, signal.SIGTERM)
    server.close()


def test_the_server_stays_for_those_who_still_use_it_and_stops_after_the_last(folder: Path) -> None:
    server = use(folder)
    other = user(folder, "other")
    process = server_process(folder)
    server.close()
    time.sleep(1.0)
    assert running(process)
    other.communicate("")
    until(lambda: stopped(folder), 15.0)
    assert not running(process)


def test_a_killed_process_leaves_its_committed_row_and_the_server_stops_after_it(folder: Path) -> None:
    other = user(folder, "kept")
    end(other)
    until(lambda: stopped(folder), 15.0)
    server = use(folder)
    assert words(server) == {"kept"}
    server.close()


def test_a_killed_server_comes_back_by_itself_with_every_committed_row(folder: Path) -> None:
    server = use(folder)
    with server.connect("recoup") as connection:
        connection.execute("CREATE TABLE kept (word text)")
        for number in range(50):
            connection.execute("INSERT INTO kept VALUES (%s)", (str(number),))
    before = server_process(folder)
    os.kill(before, signal.SIGKILL)
    until(lambda: server_process(folder) != before)
    until(lambda: answering(server))
    assert words(server) == {str(number) for number in range(50)}
    server.close()


def test_killing_server_keeper_and_user_together_loses_no_committed_row(folder: Path) -> None:
    other = user(folder, "kept")
    state = keeper.read_state(folder)
    for process in (state["keeper"], state["server"]):
        os.kill(process, signal.SIGKILL)
    end(other)
    server = use(folder)
    assert words(server) == {"kept"}
    server.close()
    assert stopped(folder)


def test_a_killed_keeper_is_replaced_and_the_new_one_stops_the_server_in_the_end(folder: Path) -> None:
    server = use(folder)
    state = keeper.read_state(folder)
    os.kill(state["keeper"], signal.SIGKILL)
    until(lambda: keeper.read_state(folder).get("keeper") not in (None, state["keeper"]))
    # The new keeper notes itself first and the server it took over a moment later.
    until(lambda: server_process(folder) == state["server"])
    assert answering(server)
    server.close()
    assert stopped(folder)
    assert not running(state["server"])


def test_an_interrupted_first_start_leaves_nothing_in_the_way(folder: Path) -> None:
    half = folder / "cluster.new-0000"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")
    server = use(folder)
    assert answering(server)
    assert not half.exists()
    server.close()


def test_a_folder_too_deep_for_a_socket_works_all_the_same(folder: Path) -> None:
    server = use(folder / ("deep" * 25) / "postgres")
    assert answering(server)
    place = Path(server.socket)
    assert place.parent != server.folder
    server.close()
    assert not place.exists()


def test_a_folder_of_another_postgres_is_refused_by_name(folder: Path) -> None:
    (folder / "cluster").mkdir(parents=True)
    (folder / "cluster" / "PG_VERSION").write_text("16\n")
    with pytest.raises(BadConfig, match="was made by Postgres 16, and this Recoup brings Postgres 18"):
        use(folder)


def test_a_folder_in_use_on_another_machine_is_refused_with_its_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whose, "FOREIGN_S", 3.0)
    folder.mkdir()
    over = threading.Event()

    def elsewhere() -> None:
        beat = 0
        while not over.wait(0.2):
            beat += 1
            state = {"machine": "another", "host": "warehouse-pc", "status": "ready", "beat": beat}
            (folder / "state.json.tmp").write_text(json.dumps(state))
            os.replace(folder / "state.json.tmp", folder / "state.json")

    thread = threading.Thread(target=elsewhere)
    thread.start()
    try:
        until((folder / "state.json").exists)
        with pytest.raises(BadConfig, match="in use by Recoup on the machine warehouse-pc"):
            use(folder)
    finally:
        over.set()
        thread.join()
        (folder / "state.json").unlink()


def test_what_another_machine_left_when_it_lost_power_does_not_keep_anybody_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whose, "FOREIGN_S", 0.5)
    folder.mkdir()
    (folder / "state.json").write_text(json.dumps({"machine": "another", "host": "gone", "status": "ready", "beat": 1}))
    server = use(folder)
    assert answering(server)
    server.close()


def test_a_server_that_cannot_start_says_why(folder: Path) -> None:
    with pytest.raises(Unavailable, match=r"does not start: .*invalid value for parameter"):
        embedded.start(folder, grace=0.3, settings={"shared_buffers": "much"})


def test_a_lock_on_a_folder_that_is_held_too_long_is_told(folder: Path) -> None:
    folder.mkdir()
    held = locks.take(folder / "users.lock")
    assert held is not None
    with held, pytest.raises(Unavailable, match="Another process has held"):
        whose.lock(folder / "users.lock", shared=True, wait=0.1)


def as_nobody(work: Callable[[], str]) -> str:
    """What `work` gives when an account without rights does it."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        try:
            said = work()
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        os.write(write, said.encode())
        os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with os.fdopen(read, "rb") as out:
        return out.read().decode()


@pytest.mark.skipif(not accounts.is_root(), reason="only root can take on another account")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_folder_of_another_user_is_refused_with_that_users_name(folder: Path) -> None:
    folder.mkdir()
    for parent in (folder.parent, folder.parent.parent, folder.parent.parent.parent):
        parent.chmod(0o755)

    def work() -> str:
        use(folder)
        return "started"

    said = as_nobody(work)
    assert said.startswith("BadConfig: ")
    assert "belongs to the user root" in said
    assert "RECOUP_DATA_DIR" in said


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_folder_that_cannot_be_written_is_refused(folder: Path) -> None:
    folder.mkdir()
    if accounts.is_root():
        for parent in (folder.parent, folder.parent.parent, folder.parent.parent.parent):
            parent.chmod(0o755)
        os.chown(folder, 65534, 65534)
    folder.chmod(0o500)

    def work() -> str:
        use(folder)
        return "started"

    if accounts.is_root():
        said = as_nobody(work)
    else:
        with pytest.raises(BadConfig) as refused:
            work()
        said = f"BadConfig: {refused.value}"
    folder.chmod(0o700)
    assert said.startswith("BadConfig: ")
    assert "cannot be written" in said
    assert "RECOUP_DATA_DIR" in said


def test_a_data_folder_that_is_a_file_is_refused(folder: Path) -> None:
    folder.write_text("")
    with pytest.raises(BadConfig, match="cannot be written"):
        use(folder)


@pytest.mark.skipif(not accounts.is_root(), reason="only root needs an account for the server")
def test_roots_server_is_let_through_a_private_folder_and_nobody_else_is(folder: Path) -> None:
    private = folder.parent / "private"
    private.mkdir(mode=0o700)
    server = use(private / "postgres")
    process = psutil.Process(server_process(private / "postgres"))
    assert process.uids().real != 0
    assert private.stat().st_mode & 0o007 == 0
    server.close()
