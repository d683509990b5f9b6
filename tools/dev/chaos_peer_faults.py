"""Who comes to a pool of ./dev chaos besides its miners: peers that misbehave, by the hundreds."""

import os
import time
from pathlib import Path

from chaos_fault import Fault
from chaos_pool import Pool
from console import Failure
from hostile_peers import Peers

PROGRAM = "hostile_peers"
FOR_S = 10.0
# What must have been done in that time, or nobody was disturbed.
CONNECTIONS_MIN = 100


def _come_last() -> None:
    """They are on other machines: what they compute is not to be taken from the pool."""
    os.nice(15)


class PeerFault(Fault):
    """They are at every gateway at once."""

    words: tuple = ()

    @staticmethod
    def missing(binaries: Path) -> str:
        return "" if (binaries / PROGRAM).exists() else f"{binaries} lacks {PROGRAM}"

    def strike(self, pool: Pool) -> None:
        urls = sorted({miner.url for miner in pool.miners.all})
        self._peers = [Peers(pool.binaries / PROGRAM, url, *self.words, prepare=_come_last)
                       for url in urls]
        self.struck = ["strangers"]

    def heal(self, pool: Pool) -> None:
        time.sleep(FOR_S)
        done = [[int(count) for count in peers.ask()] for peers in self._peers]
        for peers in self._peers:
            peers.kill()
        connections, messages = (sum(one[i] for one in done) for i in (0, 1))
        self.said = f"{connections} connections of strangers, {messages} messages or bytes"
        if connections < CONNECTIONS_MIN:
            raise Failure(f"{self.said} in {FOR_S:.0f} s are no disturbance")

    def may_disconnect(self, _) -> bool:
        return False


class Slowloris(PeerFault):
    name = "slowloris"
    what = "400 peers that begin handshakes and frames a byte at a time, and never end them"
    words = ("drip", "--count", 200)


class NeverReading(PeerFault):
    name = "never-reads"
    what = "300 peers that ask without end and never read an answer"
    words = ("never-reads", "--count", 150)


class Silent(PeerFault):
    name = "silent"
    what = "1,000 peers that connect and say nothing"
    words = ("silent", "--count", 500)


PEER_KINDS = (Slowloris, NeverReading, Silent)
