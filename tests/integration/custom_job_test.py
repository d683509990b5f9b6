#!/usr/bin/env python3
"""Jobs that miners make themselves, on a whole pool: the answers on the wire, and the ledger's.

Usage: custom_job_test.py FOLDER_OF_PROGRAMS CUSTOM_JOB_PEER
"""

import json
import subprocess
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from dev_up import DevUp
from processes import PATIENCE, wait_until

BINARIES, PEER = (Path(argument).resolve() for argument in sys.argv[1:3])
# What up_config.py calls DEVCHAIN_PAYOUT, as a script.
PAYOUT_SCRIPT = "0014751e76e8199196d454941c45d1b3a323f1433bd6"
REQUIRES_WORK_SELECTION = 2


class CustomJobs(unittest.TestCase):
    def talk(self) -> list[dict]:
        """What the peer heard."""
        url = next(word for word in self.up.text().split() if word.startswith("stratum2+tcp://"))
        template, = [line.split('"')[1] for line in
                     (self.up.folder / "template-1.toml").read_text().splitlines()
                     if line.startswith("grpc = ")]
        done = subprocess.run([str(PEER), url, template, PAYOUT_SCRIPT], capture_output=True,
                              text=True, timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def take_custom_jobs(self) -> None:
        """Another gateway, which does."""
        config = self.up.folder / "gateway.toml"
        config.write_text(config.read_text() + '\n[custom_jobs]\ncheck = "local"\n')
        before = self.up.pid("gateway")
        self.up.terminate("gateway")
        wait_until(lambda: self.up.pid("gateway") not in (before, None)
                   and self.up.is_ready("gateway"), "another gateway")

    def test_a_good_one_is_paid_for_and_others_are_refused(self):
        self.up = self.enterContext(DevUp(BINARIES, "--no-miners"))
        self.up.wait_until_up()
        self.assertEqual(self.talk(), [{"setup": "unsupported-feature-flags",
                                        "flags": REQUIRES_WORK_SELECTION}])

        self.take_custom_jobs()
        self.up.aditctl("log", "register", "test")
        *jobs, share = self.talk()
        self.assertEqual({job["job"]: job["answer"] for job in jobs},
                         {"stale tip": "stale-chain-tip", "wrong nbits": "invalid-nbits",
                          "missing payout": "invalid-coinbase-tx-outputs", "good": "accepted"})
        self.assertEqual(share["answer"], "accepted 1")

        record, = [json.loads(line) for line in
                   self.up.aditctl("log", "print", "--reader", "test").splitlines()]
        self.assertEqual((record["hash"], record["verdict"], record["user_identity"]),
                         (share["share"], "accepted", "maker.own"))
        self.assertEqual(record["template_ref"], 0, "nobody here has its transactions")
        wait_until(lambda: "maker.own accepted=1 " in self.up.aditctl("shares", "--workers"),
                   "the share to be summed up")
        self.up.interrupt()
        self.assertEqual(self.up.wait(), 0, self.up.text())
        self.up.discard()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
