#!/usr/bin/env python3
"""The web pages of adit-admin in a headless Chromium.

Usage: console_test.py FOLDER_OF_PROGRAMS CONSOLE_PREVIEW FOLDER_FOR_NODE_MODULES
                       [--pictures FOLDER]
"""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "support"), str(HERE.parent / "integration")]

from dev_up import DevUp
from processes import wait_until

PATIENCE_S = 540
BINARIES, PREVIEW, FOLDER = (Path(argument).resolve() for argument in sys.argv[1:4])


def skip(why: str) -> None:
    print(f"SKIP: {why}")
    sys.exit(77)


def prepare() -> None:
    """The scripts beside their packages, where node looks for them."""
    if shutil.which(os.environ.get("ADIT_CHROMIUM", "chromium")) is None:
        skip("chromium is not installed")
    for name in ("node", "npm"):
        if shutil.which(name) is None:
            skip(f"{name} is not installed")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with open(FOLDER / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for file in HERE.glob("*.mjs"):
            shutil.copyfile(file, FOLDER / file.name)
        locked = (HERE / "package-lock.json").read_bytes()
        done = FOLDER / "node_modules" / ".adit-installed"
        if done.exists() and done.read_bytes() == locked:
            return
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(HERE / name, FOLDER / name)
        run = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund",
                              "--prefer-offline"], cwd=FOLDER, capture_output=True, text=True,
                             timeout=300, check=False)
        if run.returncode != 0:
            skip(f"npm cannot be reached: {(run.stderr or run.stdout).strip().splitlines()[-1]}")
        done.write_bytes(locked)


class Preview:
    """console_preview while it runs."""

    def __init__(self, *options: str):
        self._process = subprocess.Popen([str(PREVIEW), *options], stdout=subprocess.PIPE,
                                         text=True)
        self.url = self._process.stdout.readline().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.send_signal(signal.SIGTERM)
        try:
            self.status = self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self.status = self._process.wait()
        self._process.stdout.close()


def run(script: str, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(["node", script, *map(str, arguments)], cwd=FOLDER, timeout=PATIENCE_S,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout


class Pages(unittest.TestCase):
    def test_every_view_over_many_rows(self):
        with Preview("--workers", "2000") as preview:
            status, said = run("views_test.mjs", preview.url)
        print(said, flush=True)
        self.assertEqual(status, 0, said)
        self.assertEqual(preview.status, 0, "console_preview did not end when asked")

    def test_the_console_of_a_real_pool(self):
        with DevUp(BINARIES) as up:
            up.wait_until_up()
            url = f"http://127.0.0.1:{up.base + 33}/"
            wait_until(lambda: up.pid("admin"), "adit-admin to run")
            status, said = run("pool_test.mjs", url, "standard", up.pid("channel-manager-2"),
                               up.pid("admin"))
            print(said, flush=True)
            up.interrupt()
            self.assertEqual(status, 0, said)
            self.assertEqual(up.wait(), 0, up.text())
            up.discard()


if __name__ == "__main__":
    prepare()
    if "--pictures" in sys.argv:
        with Preview("--workers", "2000") as pictured:
            result, text = run("views_test.mjs", pictured.url, Path(sys.argv[-1]).resolve())
        print(text)
        sys.exit(result)
    unittest.main(argv=sys.argv[:1] + sys.argv[4:], verbosity=2)
