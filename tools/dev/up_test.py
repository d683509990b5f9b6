#!/usr/bin/env python3
"""./dev up as a supervisor: the real one with stand-ins for the pool's programs."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parents[1] / "tests" / "support"))

from processes import free_port_base, processes_of

# Stands in for every program: serves /readyz and /metrics where its configuration says, counts a
# share each 50 ms in the gateway, and dies when told to by a file.
STAND_IN = textwrap.dedent("""\
    #!{python} -B
    import http.server, os, pathlib, socket, sys, threading, time, tomllib
    name = pathlib.Path(sys.argv[0]).name
    if name == "aditctl":
        print("authority key 9aut")
        sys.exit(0)
    if name == "adit-devnode":
        served = socket.create_server(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])))
    if "--config" not in sys.argv:
        time.sleep(3600)
    config = tomllib.load(open(sys.argv[sys.argv.index("--config") + 1], "rb"))
    if (pathlib.Path(sys.argv[0]).parent / (name + ".broken")).exists():
        sys.exit("no Redis at 127.0.0.1:1")
    started = time.monotonic()
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            count = int((time.monotonic() - started) * 20)
            self.send_response(200)
            self.end_headers()
            if self.path == "/metrics" and name == "adit-gateway":
                self.wfile.write(b'adit_gateway_shares_total{{result="accepted"}} %d\\n' % count)
        def log_message(self, *_): pass
    host, port = config["listen"]["http"].split(":")
    http.server.ThreadingHTTPServer((host, int(port)), Handler).serve_forever()
    """)

DRIVER = ("import sys; sys.path.insert(0, {here!r}); import cmake, up; from pathlib import Path; "
          "cmake.build = lambda preset, target: 'built'; cmake.folder = lambda preset: Path({tree!r}); "
          "up.main()")


class Up(unittest.TestCase):
    def setUp(self):
        if not shutil.which("redis-server"):
            raise unittest.SkipTest("no redis-server")
        self.tree = Path(tempfile.mkdtemp(prefix="adit-up-"))
        self.addCleanup(shutil.rmtree, self.tree)
        (self.tree / "bin").mkdir()
        for name in ("aditctl", "adit-miner", "adit-template", "adit-vardiff", "adit-gateway",
                     "adit-channel-manager", "adit-devnode", "adit-translator", "adit-admin"):
            program = self.tree / "bin" / name
            program.write_text(STAND_IN.format(python=sys.executable))
            program.chmod(0o755)
        self.base = free_port_base()
        self.var = HERE.parents[1] / "var" / f"up-{self.base}"
        self.addCleanup(shutil.rmtree, self.var, ignore_errors=True)
        self.addCleanup(shutil.rmtree, f"{self.var}.previous", ignore_errors=True)

    def start(self, *options: str) -> subprocess.Popen:
        driver = DRIVER.format(here=str(HERE), tree=str(self.tree))
        up = subprocess.Popen([sys.executable, "-B", "-c", driver, "--port-base", str(self.base),
                               *options],
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(up.stdout.close)
        self.addCleanup(up.wait)
        self.addCleanup(up.kill)
        return up

    def read_until(self, up: subprocess.Popen, text: str) -> None:
        seen = []
        for line in up.stdout:
            seen.append(line)
            if text in line:
                return
        self.fail(f"no \"{text}\" in:\n{''.join(seen)}")

    def assert_all_gone(self):
        deadline = time.monotonic() + 10
        while left := processes_of(self.tree, but="up.main") + processes_of(self.var):
            self.assertLess(time.monotonic(), deadline, left)
            time.sleep(0.02)

    def test_runs_for_a_time_and_writes_the_summary(self):
        summary = self.tree / "summary.json"
        up = self.start("--for", "3s", "--summary", str(summary))
        out, _ = up.communicate(timeout=60)
        self.assertEqual(up.returncode, 0, out)
        self.assertIn("the pool is up", out)
        self.assertRegex(out.splitlines()[-1], r"^dev up: ran 3 s, \d+ shares accepted")
        written = json.loads(summary.read_text())
        self.assertGreater(written["shares_accepted"], 0)
        self.assertEqual(written["restarts"], 0)
        self.assertEqual(written["shares_rejected"], {})
        self.assert_all_gone()

    def test_starts_a_killed_process_again_and_says_so(self):
        summary = self.tree / "summary.json"
        up = self.start("--summary", str(summary))
        self.read_until(up, "the pool is up")
        victim = next(line for line in processes_of(self.tree, but="up.main") if "channel-manager-2" in line)
        os.kill(int(victim.split()[0]), signal.SIGKILL)
        self.read_until(up, "channel-manager-2 died (killed by SIGKILL); see ")
        deadline = time.monotonic() + 10
        while not any("channel-manager-2" in line for line in processes_of(self.tree, but="up.main")):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        up.send_signal(signal.SIGINT)
        out, _ = up.communicate(timeout=30)
        self.assertEqual(up.returncode, 0, out)
        self.assertEqual(json.loads(summary.read_text())["restarts"], 1)
        self.assert_all_gone()

    def test_starts_a_frozen_process_again_and_says_so(self):
        summary = self.tree / "summary.json"
        up = self.start("--restart-wedged-after", "2s", "--summary", str(summary))
        self.read_until(up, "the pool is up")
        victim = next(line for line in processes_of(self.tree, but="up.main") if "channel-manager-2" in line)
        pid = int(victim.split()[0])
        os.kill(pid, signal.SIGSTOP)
        self.read_until(up, "it is stopped (SIGSTOP); killing it")
        self.read_until(up, "channel-manager-2 died (killed by SIGKILL); see ")
        deadline = time.monotonic() + 10
        while not any("channel-manager-2" in line for line in processes_of(self.tree, but="up.main")):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        up.send_signal(signal.SIGINT)
        out, _ = up.communicate(timeout=30)
        self.assertEqual(up.returncode, 0, out)
        self.assertEqual(json.loads(summary.read_text())["restarts"], 1)
        self.assert_all_gone()

    def test_leaves_a_frozen_process_to_who_debugs_it(self):
        up = self.start("--restart-wedged-after", "1s", "--no-restart-wedged", "--for", "6s")
        self.read_until(up, "the pool is up")
        victim = next(line for line in processes_of(self.tree, but="up.main") if "channel-manager-2" in line)
        os.kill(int(victim.split()[0]), signal.SIGSTOP)
        out, _ = up.communicate(timeout=60)
        self.assertNotIn("killing it", out)
        self.assertIn("channel-manager-2 had to be killed", out)
        self.assert_all_gone()

    def test_gives_up_on_a_process_that_keeps_dying(self):
        up = self.start()
        self.read_until(up, "the pool is up")
        (self.tree / "bin" / "adit-vardiff.broken").touch()
        victim = next(line for line in processes_of(self.tree, but="up.main") if "adit-vardiff" in line)
        os.kill(int(victim.split()[0]), signal.SIGKILL)
        out, _ = up.communicate(timeout=60)
        self.assertEqual(up.returncode, 1, out)
        self.assertRegex(out.splitlines()[-1], r"dev up: FAILED: vardiff died 5 times within 30 s, "
                         r".*exit status 1: no Redis at 127.0.0.1:1 \(all of it: ")
        self.assert_all_gone()

    def test_says_why_a_process_did_not_start(self):
        (self.tree / "bin" / "adit-gateway.broken").touch()
        up = self.start()
        out, _ = up.communicate(timeout=60)
        self.assertEqual(up.returncode, 1, out)
        self.assertIn("gateway did not start (exit status 1): no Redis at 127.0.0.1:1",
                      out.splitlines()[-1])
        self.assert_all_gone()

    def test_leaves_nothing_behind_when_it_is_killed_itself(self):
        up = self.start()
        self.read_until(up, "the pool is up")
        self.assertGreater(len(processes_of(self.tree, but="up.main")), 5)
        up.kill()
        self.assert_all_gone()

    def test_says_that_a_node_does_not_answer(self):
        up = self.start("--node", f"http://u:p@127.0.0.1:{self.base + 19}", "--payout", "00")
        out, _ = up.communicate(timeout=30)
        self.assertEqual(up.returncode, 1)
        self.assertRegex(out, rf"^dev up: FAILED: the node at http://127.0.0.1:{self.base + 19} "
                         r"does not answer \(.*refused\); is it running, with its JSON-RPC on "
                         r"that port\?\n$")

    def test_names_a_port_that_is_taken_before_it_starts_anything(self):
        with socket.create_server(("127.0.0.1", self.base + 2)):
            up = self.start()
            out, _ = up.communicate(timeout=30)
        self.assertEqual(up.returncode, 1)
        self.assertRegex(out, rf"^dev up: FAILED: port {self.base + 2} for the first template "
                         rf"replica's gRPC is in use by pid {os.getpid()} \(.*\); stop that process, or "
                         r"choose other ports with --port-base N\n$")
        self.assertFalse(self.var.exists())


if __name__ == "__main__":
    unittest.main()
