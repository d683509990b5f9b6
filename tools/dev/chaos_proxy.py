"""TCP links of ./dev chaos that can be cut: python3 chaos_proxy.py PLAN.json

Forwards connections. Who dials is known by the address that it binds to. While the file named in
the plan lists a pair of names, nothing passes between those two, as in a network partition:
connections stay open and silent, and go on when the pair is gone.
"""

import asyncio
import json
import sys
from pathlib import Path

SERVICES = "services"
LOOK_EVERY_S = 0.02
# As a network does, hold this much for a reader that is slow, and no more.
UNSENT_MAX = 1 << 20


class End(asyncio.Protocol):
    """One of the two ends of a connection."""

    def __init__(self, connection: "Connection"):
        self._connection = connection
        self.other: "End | None" = None
        self.transport: asyncio.Transport | None = None
        self.early = b""  # came before the other end was there

    def connection_made(self, transport) -> None:
        self.transport = transport
        transport.set_write_buffer_limits(UNSENT_MAX)
        self._connection.end_made(self)

    def data_received(self, data: bytes) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.write(data)
        else:
            self.early += data

    def pause_writing(self) -> None:
        self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if not self._connection.is_cut:
            self.other.transport.resume_reading()

    def connection_lost(self, _) -> None:
        self._connection.lost()


class Connection:
    def __init__(self, links: "Links", link: dict):
        self._links = links
        self._link = link
        self.dialler = ""
        self.is_cut = False
        self._is_dialling = False
        self._near, self._far = End(self), End(self)

    def accept(self) -> End:
        return self._near

    def end_made(self, end: End) -> None:
        if end is self._near:
            self.dialler = self._links.name_of(end.transport.get_extra_info("peername")[0])
            self._links.connections.add(self)
            self.look()
            return
        self._near.other, self._far.other = self._far, self._near
        end.transport.write(self._near.early)
        self._near.early = b""
        self.look()

    def look(self) -> None:
        """Does what the partition of the moment demands."""
        self.is_cut = self._links.are_apart(self.dialler, self._link["name"])
        if not self.is_cut and not self._is_dialling:
            self._is_dialling = True
            self._links.dial(self, self._link["target"])
        ends = [end for end in (self._near, self._far) if end.transport is not None]
        if not self.is_cut and any(end.transport.is_closing() for end in ends):
            return self.lost()
        for end in ends:
            if self.is_cut:
                end.transport.pause_reading()
            else:
                end.transport.resume_reading()

    def far(self) -> End:
        return self._far

    def lost(self) -> None:
        """A partition also hides that the other end has gone: until it is mended."""
        if self.is_cut:
            return
        self._links.connections.discard(self)
        for end in (self._near, self._far):
            if end.transport is not None:
                end.transport.close()


class Links:
    def __init__(self, plan: dict):
        self._plan = plan
        self._cut = Path(plan["cut"])
        self._apart: set[frozenset[str]] = set()
        self._tasks: set[asyncio.Task] = set()
        self.connections: set[Connection] = set()

    def name_of(self, host: str) -> str:
        return self._plan["names"].get(host, SERVICES)

    def are_apart(self, one: str, other: str) -> bool:
        return frozenset((one, other)) in self._apart

    def dial(self, connection: Connection, port: int) -> None:
        async def run() -> None:
            try:
                await asyncio.get_running_loop().create_connection(connection.far,
                                                                   self._plan["host"], port)
            except OSError:
                connection.lost()

        task = asyncio.get_running_loop().create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def run(self) -> None:
        for link in self._plan["links"]:
            await asyncio.get_running_loop().create_server(
                lambda link=link: Connection(self, link).accept(), self._plan["host"],
                link["listen"])
        while True:
            apart = {frozenset(pair) for pair in json.loads(self._cut.read_text())}
            if apart != self._apart:
                self._apart = apart
                for connection in list(self.connections):
                    connection.look()
            await asyncio.sleep(LOOK_EVERY_S)


if __name__ == "__main__":
    asyncio.run(Links(json.loads(Path(sys.argv[1]).read_text())).run())
