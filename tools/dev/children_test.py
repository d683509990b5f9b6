#!/usr/bin/env python3
"""A verb that ends, however it ends, leaves no process behind."""

import os
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent

# A verb whose child has children of its own, one of which outlives its parent.
VERB = """
import sys; sys.path.insert(0, {here!r})
import children
from console import run_verb, say
def verb():
    child = children.start(["bash", "-c", "(sleep 1000.{mark} &); sleep 1000.{mark}; true"])
    say("started")
    {then}
    return "done"
children.adopt_orphans()
try:
    run_verb("verb", verb)
finally:
    children.end_all()
"""


class Children(unittest.TestCase):
    mark = str(os.getpid())

    def start(self, then: str) -> subprocess.Popen:
        verb = subprocess.Popen(
            [sys.executable, "-B", "-c", VERB.format(here=str(HERE), mark=self.mark, then=then)],
            text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(verb.stdout.close)
        self.addCleanup(verb.kill)
        self.assertEqual(verb.stdout.readline(), "started\n")
        while len(self.sleepers()) < 2:
            time.sleep(0.01)
        return verb

    def sleepers(self) -> list[str]:
        found = []
        for line in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if line.read_bytes().startswith(f"sleep\0001000.{self.mark}".encode()):
                    found.append(line.parent.name)
            except OSError:
                continue
        return found

    def assert_none_left(self):
        deadline = time.monotonic() + 10
        while left := self.sleepers():
            self.assertLess(time.monotonic(), deadline, left)
            time.sleep(0.01)

    def test_when_it_is_done(self):
        verb = self.start("sys.stdin.readline()")
        self.assertEqual(verb.communicate("\n", timeout=30)[0], "verb: done\n")
        self.assertEqual((verb.returncode, self.sleepers()), (0, []))

    def test_when_it_is_asked_to_stop(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                verb = self.start("child.wait()")
                verb.send_signal(number)
                self.assertEqual(verb.communicate(timeout=30)[0], "verb: stopped by you\n")
                self.assertEqual((verb.returncode, self.sleepers()), (130, []))

    def test_when_its_child_ends_first(self):
        verb = self.start("sys.stdin.readline(); child.kill(); child.wait()")
        self.assertEqual(verb.communicate("\n", timeout=30)[0], "verb: done\n")
        self.assert_none_left()


if __name__ == "__main__":
    unittest.main()
