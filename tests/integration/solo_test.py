#!/usr/bin/env python3
"""./dev up --solo: whom blocks pay, who is let in.

Usage: solo_test.py FOLDER_OF_PROGRAMS
"""

import struct
import subprocess
import sys
import unittest
from dataclasses import dataclass
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import journal
from dev_up import DevUp
from processes import wait_until

BINARIES = Path(sys.argv[1]).resolve()
FEE_BASIS_POINTS = 250
# What up_config.py calls DEVCHAIN_PAYOUT and SOLO_MINERS, and the scripts of these addresses.
FEE_SCRIPT = "0014751e76e8199196d454941c45d1b3a323f1433bd6"
MINERS = {"standard": ("bcrt1qq6hag67dl53wl99vzg42z8eyzfz2xlkvwk6f7m",
                       "001406afd46bcdfd22ef94ac122aa11f241244a37ecc"),
          "extended": ("bcrt1q0ht9tyks4vh7p5p904t340cr9nvahy7uevmqwj",
                       "00147dd65592d0ab2fe0d0257d571abf032cd9db93dc")}
MAINNET_ADDRESS = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"


@dataclass(frozen=True)
class Block:
    channel: str  # its key, as its extranonce prefix reads
    outputs: list[tuple[int, str]]  # satoshis and script of the coinbase's outputs


class Bytes:
    """Reads a transaction from its beginning."""

    def __init__(self, data: bytes):
        self._data = data

    def take(self, size: int) -> bytes:
        taken, self._data = self._data[:size], self._data[size:]
        return taken

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little")

    def compact_size(self) -> int:
        first = self.number(1)
        return first if first < 253 else self.number({253: 2, 254: 4, 255: 8}[first])

    def sized(self) -> bytes:
        return self.take(self.compact_size())


def read_block(path: Path) -> Block:
    """A file of the template service's spool: magic, size of the fields, height, template, channel
    and more fields, block."""
    spooled = path.read_bytes()
    fields_size, _, _, channel = struct.unpack_from("<IIQQ", spooled, 8)
    data = Bytes(spooled[12 + fields_size + 80:])
    data.compact_size()  # transactions
    data.take(4)
    inputs = data.compact_size()
    if inputs == 0:  # the marker of segwit, and its flag
        data.take(1)
        inputs = data.compact_size()
    assert inputs == 1, inputs
    data.take(36)
    data.sized()
    data.take(4)
    outputs = [(data.number(8), data.sized().hex()) for _ in range(data.compact_size())]
    return Block(f"{channel:016x}", outputs)


class Solo(unittest.TestCase):
    def prefixes(self, up: DevUp) -> dict[str, str]:
        """Which kind of miner has each channel, by its extranonce prefix."""
        paths = {kind: up.folder / f"miner-{kind}.journal" for kind in MINERS}
        return {event["extranonce_prefix"]: kind for kind, path in paths.items() if path.exists()
                for event in journal.read(path) if event["event"] == "channel_opened"}

    def blocks(self, up: DevUp) -> dict[str, list[Block]]:
        """The blocks found, by the kind of miner."""
        prefixes = self.prefixes(up)
        found = {kind: [] for kind in MINERS}
        # Every replica has every block.
        spooled = {path.name: path for path in up.folder.glob("spool*/*.block")}
        for path in spooled.values():
            block = read_block(path)
            found[prefixes[block.channel]].append(block)
        return found

    def check(self, block: Block, script: str) -> None:
        value = sum(amount for amount, _ in block.outputs)
        fee = value * FEE_BASIS_POINTS // 10_000
        self.assertEqual(block.outputs[:2], [(value - fee, script), (fee, FEE_SCRIPT)])
        self.assertGreater(fee, 0)

    def refusal(self, up: DevUp, user: str) -> str:
        """What adit-miner says when it opens a channel by this name."""
        url = next(word for word in up.text().split() if word.startswith("stratum2+tcp://"))
        done = subprocess.run([str(BINARIES / "adit-miner"), "--url", url, "--user", user,
                               "--extended", "1", "--threads", "1", "--for", "60s",
                               "--no-reconnect"], capture_output=True, text=True, timeout=120,
                              check=False)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        return done.stdout + done.stderr

    def test_each_block_pays_its_finder_and_the_fee(self):
        with DevUp(BINARIES, "--solo", str(FEE_BASIS_POINTS)) as up:
            up.wait_until_up()
            # Whose it is, is chance; on a busy machine a block takes a minute.
            wait_until(lambda: any(self.blocks(up).values()), "a block", 240)
            for kind, blocks in self.blocks(up).items():
                address, script = MINERS[kind]
                print(f"{kind}: {len(blocks)} blocks pay {address}", flush=True)
                for block in blocks:
                    self.check(block, script)
            self.assertGreater(up.blocks("accepted"), 0)

            for user in ("alice.rig", MAINNET_ADDRESS, f"{MINERS['standard'][0]}x.rig"):
                self.assertIn("unknown-user", self.refusal(up, user), user)
            self.assertIn("invalid-user-identity", self.refusal(up, ".rig"))

            up.interrupt()
            self.assertEqual(up.wait(), 0, up.text())
            status, said = up.audit()
            self.assertEqual(status, 0, said)
            up.discard()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
