#!/usr/bin/env python3
"""The ledger is backed up while the pool mines, lost, and restored, with the commands that
docs/operations.md gives. What was acknowledged before the backup is there again, the pool goes on by
itself, and only what lies between backup and loss is gone.

Usage: backup_test.py FOLDER_OF_PROGRAMS
"""

import re
import shutil
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import journal
from dev_up import REDIS, ROOT, DevUp
from processes import wait_until

BINARIES = Path(sys.argv[1]).resolve()
OPERATIONS = ROOT / "docs" / "operations.md"
SHARES = 100


def commands(heading: str) -> list[str]:
    """The indented lines of a section of the document, which are commands for a shell."""
    section = re.search(rf"^#+ {re.escape(heading)}$(.*?)(?=^#|\Z)", OPERATIONS.read_text(),
                        re.MULTILINE | re.DOTALL)
    assert section, f"{OPERATIONS} has no section {heading!r}"
    lines = [line[4:] for line in section[1].splitlines() if line.startswith("    ")]
    assert lines, f"no commands in {heading!r}"
    return lines


class Backup(unittest.TestCase):
    def run_documented(self, heading: str, **environment: str) -> None:
        script = "set -eu\n" + "\n".join(commands(heading))
        done = subprocess.run(["bash", "-c", script], env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
                                                           **environment},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=120, check=False)
        self.assertEqual(done.returncode, 0, f"{script}\n{done.stdout}{done.stderr}")

    def wait_for_answers(self, up: DevUp) -> None:
        moment = time.time_ns() // 1000
        for path in up.journals():
            wait_until(lambda path=path: any(gap.start > moment for gap in journal.gaps(path)),
                       f"answers in {path.name}")

    def test_what_was_backed_up_comes_back_and_the_pool_goes_on(self):
        up = self.enterContext(DevUp(BINARIES, "--shares-per-minute", "1200"))
        up.wait_until_up()
        for path in wait_until(lambda: len(up.journals()) == 2 and up.journals(), "journals"):
            wait_until(lambda path=path: journal.accepted(path) > SHARES, f"shares in {path.name}")
        backup = up.folder / "ledger.rdb"
        port = str(up.base + REDIS)
        began = time.time_ns() // 1000
        self.run_documented("Back up", REDIS="127.0.0.1", PORT=port, BACKUP=str(backup))
        self.wait_for_answers(up)

        self.addCleanup(up.send_supervisor, signal.SIGCONT)
        up.send_supervisor(signal.SIGSTOP)
        lost = up.kill("redis")
        wait_until(lambda: up.pid("redis") is None, "Redis to be gone")
        shutil.rmtree(up.folder / "appendonlydir")
        self.run_documented("Restore", DIR=str(up.folder), BACKUP=str(backup))
        up.send_supervisor(signal.SIGCONT)
        self.wait_for_answers(up)
        gaps = sum(up.metric(f"channel-manager-{number}",
                             "adit_channel_manager_ledger_gaps_total") for number in (1, 2))
        self.assertGreater(gaps, 0, "a ledger that went back in time was not noticed")
        up.interrupt()
        self.assertEqual(up.wait(), 0, up.text())

        _, said = up.audit()
        gone = re.findall(r"^(I\d) .*\(([0-9a-f]{64})\) was acknowledged and is not in", said,
                          re.MULTILINE)
        self.assertEqual(len(gone), len(re.findall(r"^I\d ", said, re.MULTILINE)), said)
        submitted = {event["hash"]: event["time_us"] for path in up.journals()
                     for event in journal.read(path) if event["event"] == "share"}
        for _, share in gone:
            # On its way when the backup began, at the earliest.
            self.assertGreater(submitted[share], began - 5_000_000)
            self.assertLess(submitted[share], lost)
        credited = int(re.search(r"(\d+) credited", said)[1])
        print(f"{credited} shares in the restored ledger, {len(gone)} of the {lost - began} µs "
              "between backup and loss are gone")
        self.assertGreater(credited, SHARES)
        up.discard()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
