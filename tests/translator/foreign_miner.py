"""SV1 miners that are not ours, through a translator into a whole pool."""

import json
import os
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder)
                for folder in ("support", "integration")]

from dev_up import DevUp
from processes import Process, Service, free_port, wait_until

SKIPPED = 77  # ctest's SKIP_RETURN_CODE
PATIENCE_S = 240.0
# So that a miner that gets little of the CPU soon has its shares.
SHARES_PER_MINUTE = 100


def run(name: str, variable: str) -> None:
    """Runs the tests of the module with the program that the environment or the PATH has."""
    named = os.environ.get(variable)
    found = named or shutil.which(name)
    if found is None:
        print(f"skipped: no {name}")
        sys.exit(SKIPPED)
    if named and not os.access(named, os.X_OK):
        raise AssertionError(f"{variable}={named} is no program")
    ForeignMiner.program = Path(found).resolve()
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
    print(said.stdout.splitlines()[0], flush=True)
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)


class ForeignMiner(unittest.TestCase):
    program: Path
    # What it is: said by each kind of miner.
    user: str
    hash_rate: float  # about; it says nothing of it
    shares: int
    options: list[str]  # before the pool's
    accepted: re.Pattern  # a line that it writes for a share
    refused: re.Pattern
    trouble: re.Pattern  # what it says of a connection, line or job that is not as it should be

    def setUp(self):
        self.binaries = Path(sys.argv[1]).resolve()
        self.up = self.enterContext(DevUp(self.binaries, "--no-miners", "--shares-per-minute",
                                          str(SHARES_PER_MINUTE)))
        self.up.wait_until_up()
        self.up.aditctl("log", "register", "test")

    def translator(self, name: str, identity: str, config: dict) -> str:
        """Its address, with the pool behind it."""
        pool = next(word for word in self.up.text().split() if word.startswith("stratum2+tcp://"))
        address = f"127.0.0.1:{free_port()}"
        folder = self.up.folder / name
        folder.mkdir()
        service = self.enterContext(Service(self.binaries / "adit-translator", folder, {
            **config, "listen": {"address": address},
            "miners": {"nominal_hash_rate": self.hash_rate},
            "pools": [{"url": pool, "user_identity": identity}]}))
        service.start_and_wait()
        return address

    def mine(self, name: str, address: str) -> tuple[int, int]:
        """How many shares were accepted, and how many refused."""
        miner = self.enterContext(Process(
            ["nice", "-n", "10", str(self.program), *self.options, "-o", f"stratum+tcp://{address}",
             "-u", self.user, "-p", "x"], self.up.folder / f"foreign-{name}.log"))
        miner.start()

        def answers() -> tuple[int, int]:
            return (len(set(self.accepted.findall(miner.text()))),
                    len(set(self.refused.findall(miner.text()))))

        wait_until(lambda: not miner.is_running() or sum(answers()) >= self.shares,
                   f"{self.shares} answers to {self.program.name}", PATIENCE_S)
        self.assertTrue(miner.is_running(), miner.text())
        miner.stop()
        self.assertEqual(self.trouble.findall(miner.text()), [])
        return answers()

    def credited(self) -> list[dict]:
        lines = self.up.aditctl("log", "print", "--reader", "test").splitlines()
        return [record for record in map(json.loads, lines) if record["verdict"] == "accepted"]

    def check(self, name: str, identity: str, config: dict) -> None:
        before = len(self.credited())
        accepted, refused = self.mine(name, self.translator(name, identity, config))
        credited = self.credited()[before:]
        print(f"{name}: {accepted} shares accepted, {refused} refused, the pool credited "
              f"{len(credited)}, {sum(record['solves_block'] for record in credited)} blocks",
              flush=True)
        # A few are late at a new block, which the development chain has every few seconds.
        self.assertLessEqual(refused, accepted / 4)
        self.assertGreater(len(credited), 0)
        self.assertEqual({record["user_identity"] for record in credited},
                         {self.user if identity == "{user}" else identity})

    def check_layout(self, layout: str) -> None:
        """Of the extranonce; in extranonce1 the channel is open before it says who it is."""
        self.check(layout, "{user}" if layout == "coinbase1" else "farm",
                   {"extranonce": {"prefix_in": layout}})
        self.end()

    def check_shared(self) -> None:
        self.check("aggregated", "farm", {"mode": "aggregated", "vardiff": {
            "shares_per_minute": SHARES_PER_MINUTE, "easiest_difficulty": 0.00001,
            "start_hash_rate": self.hash_rate}})
        self.end()

    def end(self) -> None:
        self.up.interrupt()
        self.assertEqual(self.up.wait(), 0, self.up.text())
        self.up.discard()
