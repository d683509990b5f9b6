#!/usr/bin/env python3
"""A preloaded calendar jumps, and nothing else does.

Usage: clock_shift_test.py CLOCK_SHIFT CLOCK_WATCH
"""

import os
import struct
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

LIBRARY, WATCH = (Path(argument).resolve() for argument in sys.argv[1:3])
# What a machine that is full of other work may take to answer.
SLACK_MS = 5000


class ClockShift(unittest.TestCase):
    def start(self, file: Path | None) -> None:
        environment = {**os.environ, "LD_PRELOAD": str(LIBRARY)}
        if file is not None:
            environment["ADIT_CLOCK_SHIFT"] = str(file)
        self.process = subprocess.Popen([WATCH], env=environment, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.process.communicate)

    def ask(self) -> list[int]:
        self.process.stdin.write(".")
        self.process.stdin.flush()
        return list(map(int, self.process.stdout.readline().split()))

    def assert_shifted(self, seconds: float) -> None:
        real, steady = time.time() * 1000, time.monotonic() * 1000
        *calendars, monotonic, waited, waited_steadily = self.ask()
        for calendar in calendars:
            self.assertGreaterEqual(calendar, real + seconds * 1000 - 1000)  # time() has no parts
            self.assertLess(calendar, real + seconds * 1000 + SLACK_MS)
        self.assertLess(abs(monotonic - steady), SLACK_MS)
        for wait in (waited, waited_steadily):
            self.assertGreaterEqual(wait, 49)
            self.assertLess(wait, SLACK_MS)

    def test_jumps_there_and_back_while_the_process_runs(self):
        with tempfile.NamedTemporaryFile() as file:
            path = Path(file.name)
            path.write_bytes(struct.pack("=q", 0))
            self.start(path)
            for seconds in (0, 3600, -3600, 86400.5, -0.25, 0):
                with self.subTest(seconds), open(path, "r+b") as shift:
                    shift.write(struct.pack("=q", int(seconds * 1e6)))
                    shift.flush()
                    self.assert_shifted(seconds)

    def test_without_a_file_there_is_no_shift(self):
        self.start(None)
        self.assert_shifted(0)
        self.start(Path("/nowhere/at/all"))
        self.assert_shifted(0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
