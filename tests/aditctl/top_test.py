#!/usr/bin/env python3
"""`aditctl top` on a terminal, and on none. Usage: top_test.py ADITCTL FAKE_ADMIN"""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import fake

ADITCTL, FAKE = sys.argv[1:3]


def frames_of(text: str) -> list[list[str]]:
    """The screens that were drawn, in lines without colours."""
    frames = []
    for frame in text.split("\x1b[H")[1:]:
        frame = frame.partition("\x1b[J")[0]
        # The terminal puts a carriage return before each line feed, also where there is one.
        frames.append([re.sub(r"\x1b\[[0-9;]*[mK]", "", line)
                       for line in re.split(r"\r+\n", frame)])
    return frames


class OnATerminal(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.admin = fake.FakeAdmin(FAKE)
        cls.addClassCleanup(cls.admin.__exit__)

    def start(self, rows: int, columns: int, *words: str, admin: str = "") -> None:
        self.main, self.terminal = pty.openpty()
        self.resize(rows, columns)
        self.before = termios.tcgetattr(self.terminal)
        self.text = ""
        self.process = subprocess.Popen(
            [ADITCTL, "top", "--interval", "200ms", "--admin", admin or self.admin.address, *words],
            stdin=self.terminal, stdout=self.terminal, stderr=self.terminal,
            start_new_session=True, env=fake.environment(),
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        self.addCleanup(os.close, self.main)
        self.addCleanup(os.close, self.terminal)
        self.addCleanup(self.process.wait)
        self.addCleanup(self.process.kill)

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self.main, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read_until(self, claim, what: str) -> None:
        deadline = time.monotonic() + 30
        while not claim():
            self.assertLess(time.monotonic(), deadline, f"{what}: {self.text[-3000:]!r}")
            if select.select([self.main], [], [], 0.1)[0]:
                self.text += os.read(self.main, 65536).decode()

    def wait_for_frame(self, text: str) -> list[str]:
        """The first whole screen that has it."""
        def found() -> list[str] | None:
            done = self.text.rpartition("\x1b[J")[0] + "\x1b[J"
            return next((frame for frame in frames_of(done)
                         if any(text in line for line in frame)), None)
        self.read_until(found, text)
        return found()

    def assert_restored(self) -> None:
        self.read_until(lambda: self.process.poll() is not None, "the end")
        while select.select([self.main], [], [], 0.1)[0]:
            self.text += os.read(self.main, 65536).decode()
        self.assertEqual(self.process.returncode, 0)
        self.assertTrue(self.text.endswith("\x1b[?7h\x1b[?25h\x1b[?1049l"), self.text[-100:])
        self.assertEqual(termios.tcgetattr(self.terminal), self.before)

    def test_a_small_screen_has_all_parts(self):
        self.start(24, 80)
        frame = self.wait_for_frame("alice.rig2")
        self.assertEqual(len(frame), 24)
        for line in frame:
            self.assertLessEqual(len(line), 80, line)
        text = "\n".join(frame)
        self.assertRegex(frame[0], r"^adit top .*1 critical, 1 warnings")
        self.assertIn("12.3 TH/s", text)
        self.assertLess(text.index("critical"), text.index("channel-manager-1"))
        self.assertRegex(text, r"(?m)^channel-manager-1 +wedged")
        self.assertLess(text.index("wedged "), text.index("WORKER"))
        self.assertRegex(frame[-1], r"worst first .*q quit")
        os.write(self.main, b"q")
        self.assert_restored()

    def test_keys_order_and_scroll(self):
        self.start(40, 120)
        self.wait_for_frame("alice.rig2")
        os.write(self.main, b"s")
        self.wait_for_frame("workers: by hash rate")
        self.read_until(lambda: any(
            request.get("order_by") == "hash_rates.last_5_minutes desc"
            for request in self.admin.requests("ListWorkers")), "the order")
        os.write(self.main, b"r")
        self.wait_for_frame("workers: by hash rate, reversed")
        self.text = ""
        os.write(self.main, b"\x1b[6~\x1b[6~\x1b[6~")
        self.wait_for_frame("farm.rig0030")
        os.write(self.main, b"h")
        self.wait_for_frame("r reverse   up/down")
        os.write(self.main, b"\x03")
        self.assert_restored()

    def test_follows_the_size_of_the_terminal(self):
        self.start(24, 80)
        self.wait_for_frame("alice.rig2")
        self.resize(12, 40)
        os.killpg(self.process.pid, signal.SIGWINCH)
        self.read_until(lambda: len(frames_of(self.text)[-1]) == 12 and
                        all(len(line) <= 40 for line in frames_of(self.text)[-1]), "12 lines of 40")
        self.resize(2, 5)
        os.killpg(self.process.pid, signal.SIGWINCH)
        self.read_until(lambda: len(frames_of(self.text)[-1]) == 2, "2 lines")
        self.process.terminate()
        self.assert_restored()

    def test_stops_and_goes_on(self):
        self.start(24, 80)
        self.wait_for_frame("alice.rig2")
        os.write(self.main, b"\x1a")
        self.read_until(lambda: self.text.endswith("\x1b[?1049l"), "the terminal's own screen")
        # It has put back what it changed when it stops, and a signal to go on before that is lost.
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOWAIT)
        self.assertEqual(termios.tcgetattr(self.terminal), self.before)
        self.text = ""
        os.killpg(self.process.pid, signal.SIGCONT)
        self.wait_for_frame("alice.rig2")
        os.write(self.main, b"q")
        self.assert_restored()

    def test_says_when_nobody_answers_and_still_hears_keys(self):
        self.start(24, 80, admin="127.0.0.1:1")
        self.wait_for_frame("! the admin service at 127.0.0.1:1")
        os.write(self.main, b"q")
        self.assert_restored()


class OnNoTerminal(unittest.TestCase):
    def test_prints_one_screen(self):
        with fake.FakeAdmin(FAKE) as admin:
            done = fake.run(ADITCTL, "top", "--admin", admin.address)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("\x1b", done.stdout)
        self.assertIn("alice.rig2", done.stdout)
        self.assertIn("its supervisor ends it", done.stdout, "nothing is cut off")

    def test_fails_when_nobody_answers(self):
        self.assertEqual(fake.run(ADITCTL, "top", "--admin", "127.0.0.1:1").returncode, 5)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
