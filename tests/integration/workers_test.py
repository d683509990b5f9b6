#!/usr/bin/env python3
"""Who found a share, from the miner's journal to the ledger's sums: for workers that shares name
(extension 0x0002), for those that identities name, and for several identities on one connection.

Usage: workers_test.py FOLDER_OF_PROGRAMS
"""

import json
import re
import subprocess
import sys
import unittest
from collections import Counter
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import journal
from dev_up import DevUp
from processes import PATIENCE, wait_until

BINARIES = Path(sys.argv[1]).resolve()
SHARES = 60
# Each a connection. What a share names goes before what its identity names; only extended shares
# can name a worker.
MINERS = {
    "two-users": ["--user", "alice.phone", "--user", "bob", "--worker", "rig1", "--extended", "2"],
    "another": ["--user", "alice", "--worker", "rig2", "--extended", "1"],
    "standard": ["--user", "carol.shed", "--user", "dave", "--worker", "rig3", "--standard", "2"],
}
# The identity of the channel and the worker of the share, and whose line of `shares --workers`.
LINES = {("alice.phone", "rig1"): "alice.rig1", ("bob", "rig1"): "bob.rig1",
         ("alice", "rig2"): "alice.rig2", ("carol.shed", ""): "carol.shed", ("dave", ""): None}
LINE = re.compile(r"(?m)^(\S+) accepted=(\d+) difficulty=(\d+)\.(\d{6}) ")
UNIT = (0xffff << 208) << 32  # difficulty 1 with 32 binary places


class Workers(unittest.TestCase):
    def mine(self, up: DevUp) -> dict[str, Path]:
        """Each miner's journal, complete: it ends when its shares are answered."""
        url = next(word for word in up.text().split() if word.startswith("stratum2+tcp://"))
        paths = {name: up.folder / f"miner-{name}.journal" for name in MINERS}
        miners = [subprocess.Popen([str(BINARIES / "adit-miner"), "--url", url, *words,
                                    "--shares", str(SHARES), "--threads", "1", "--journal",
                                    str(paths[name])], stdout=subprocess.DEVNULL)
                  for name, words in MINERS.items()]
        for miner in miners:
            self.addCleanup(miner.wait)
            self.addCleanup(miner.kill)
        for miner in miners:
            self.assertEqual(miner.wait(PATIENCE), 0)
        return paths

    def accepted(self, name: str, path: Path) -> list[tuple[str, str, str, int]]:
        """Identity, worker, hash and difficulty (Q32) of each share that the pool took."""
        events = journal.read(path)
        self.assertEqual({event["connection"] for event in events}, {1}, "one connection")
        users = [word for option, word in zip(MINERS[name], MINERS[name][1:])
                 if option == "--user"]
        worker = MINERS[name][MINERS[name].index("--worker") + 1] if name != "standard" else ""
        user_of = {event["channel_id"]: users[event["channel"] % len(users)]
                   for event in events if event["event"] == "channel_opened"}
        refused = {(event["channel_id"], event["sequence_number"])
                   for event in events if event["event"] == "error"}
        shares = [event for event in events if event["event"] == "share"
                  and (event["channel_id"], event["sequence_number"]) not in refused]
        self.assertEqual(len(shares), journal.accepted(path), "each share is answered")
        self.assertEqual(len({share["channel_id"] for share in shares}), len(users))
        return [(user_of[share["channel_id"]], worker, share["hash"],
                 UNIT // int(share["target"], 16)) for share in shares]

    def test_the_ledger_has_for_each_worker_what_its_miner_has(self):
        up = self.enterContext(DevUp(BINARIES, "--no-miners", "--shares-per-minute", "3000"))
        up.wait_until_up()
        up.aditctl("log", "register", "test")
        shares = [share for name, path in self.mine(up).items()
                  for share in self.accepted(name, path)]

        records = [json.loads(line) for line in
                   up.aditctl("log", "print", "--reader", "test").splitlines()]
        self.assertEqual(
            Counter((record["user_identity"], record["worker"], record["hash"],
                     record["difficulty_q32"])
                    for record in records if record["verdict"] == "accepted"), Counter(shares))

        counts, sums = Counter(), Counter()
        for identity, worker, _, difficulty in shares:
            if line := LINES[identity, worker]:
                counts[line] += 1
                sums[line] += difficulty
        wanted = {line: (counts[line], sums[line] >> 32,
                         ((sums[line] & 0xffffffff) * 1_000_000) >> 32) for line in counts}
        self.assertEqual(set(wanted), set(filter(None, LINES.values())))
        wait_until(lambda: "not summed up yet" not in up.aditctl("shares"), "the sums")
        said = up.aditctl("shares", "--workers")
        print(said, flush=True)
        self.assertEqual({line: tuple(map(int, numbers)) for line, *numbers in LINE.findall(said)
                          if line != "total"}, wanted)
        up.interrupt()
        self.assertEqual(up.wait(), 0, up.text())
        status, said = up.audit()
        self.assertEqual(status, 0, said)
        up.discard()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
