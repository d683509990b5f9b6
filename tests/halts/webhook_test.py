#!/usr/bin/env python3
"""Webhooks: signed, in order, tried again, and none lost when adit-admin is killed.

Usage: webhook_test.py FOLDER_OF_PROGRAMS [TEST...]
"""

import hashlib
import hmac
import http.server
import json
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from processes import Redis, Service, free_port, wait_until, write_secret

BINARIES = Path(sys.argv[1]).resolve()
ROOT = Path(__file__).resolve().parents[2]
SECRET = "0123456789abcdef0123456789abcdef"


class Receiver:
    """Answers with the statuses that it is given, then with 204; keeps what it was sent."""

    def __init__(self, *statuses: int, tls: ssl.SSLContext | None = None):
        self.statuses, self.got = list(statuses), []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver.statuses.pop(0) if receiver.statuses else 204
                receiver.got.append((status, self.path, dict(self.headers), body))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def taken(self) -> list[str]:
        return [headers["Adit-Delivery"] for status, _, headers, _ in self.got if status < 300]


def is_signed(headers: dict, body: bytes, secret: str = SECRET) -> bool:
    """As a receiver checks it."""
    parts = dict(part.split("=", 1) for part in headers["Adit-Signature"].split(","))
    made = hmac.new(secret.encode(), f"{parts['t']}.".encode() + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(made, parts["v1"]) and abs(time.time() - int(parts["t"])) < 60


class Webhooks(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="adit-webhooks-")))
        self.redis = self.enterContext(Redis(self.folder))
        write_secret(self.folder / "secret", SECRET + "\n")

    def receiver(self, *statuses: int, tls=None) -> Receiver:
        receiver = Receiver(*statuses, tls=tls)
        self.addCleanup(receiver.close)
        return receiver

    def admin(self, *hooks: dict) -> Service:
        known = (ROOT / "deploy/config/admin.toml").read_text()
        ports = {table: {"listen": f"127.0.0.1:{free_port()}",
                         **({"insecure_loopback": True} if table == "api" else {})}
                 for table in ("api", "console", "miner_page") if f"[{table}]" in known}
        service = self.enterContext(Service(BINARIES / "adit-admin", self.folder, {
            "redis": {"address": self.redis.address}, "fleet": {}, **ports,
            "webhooks": [{"secret_file": "secret", **hook} for hook in hooks]}))
        service.start_and_wait()
        return service

    def redis_cli(self, *command: str) -> str:
        return subprocess.run(["redis-cli", "-p", str(self.redis.port), *command],
                              capture_output=True, text=True, check=True).stdout.strip()

    def place(self, name: str) -> str:
        return self.redis_cli("HGET", "{pool}:webhooks", name)

    def happen(self, block: int, event: str, node: str = "") -> None:
        """As libs/ledger/block_log.cpp writes it."""
        now = time.time_ns() // 1000
        fields = {"id": f"r1-{block}-{event}-{now}", "hash": f"{block:064x}", "event": event,
                  "number": 1, "time_us": now, "replica": "r1", "node": node, "height": block,
                  "template": 1, "channel": "0" * 16, "user": "alice", "value": 5000000000,
                  "found_us": now}
        self.redis_cli("XADD", "{pool}:blocks", "*",
                       *(str(part) for field in fields.items() for part in field))

    def test_tells_of_blocks_in_order_and_tries_again(self):
        self.happen(1, "found")  # before the first start: of no interest
        receiver = self.receiver(500, 503)
        self.admin({"name": "hook", "url": f"http://127.0.0.1:{receiver.port}/a?b=c",
                    "events": ["block.found", "block.accepted"]})
        wait_until(lambda: self.place("hook"), "a place in Redis")
        self.happen(2, "found")
        self.happen(2, "accepted", "core-1")
        self.happen(2, "accepted", "core-2")
        self.happen(2, "orphaned")
        found, accepted = f"block.found:{2:064x}", f"block.accepted:{2:064x}"
        wait_until(lambda: receiver.taken() == [found, accepted], "both deliveries")
        self.assertEqual([status for status, *_ in receiver.got], [500, 503, 204, 204])
        for _, path, headers, body in receiver.got:
            self.assertTrue(is_signed(headers, body))
            self.assertEqual(path, "/a?b=c")
        _, _, headers, body = receiver.got[-1]
        told = json.loads(body)
        self.assertEqual((told["id"], told["event"]), (accepted, "block.accepted"))
        self.assertEqual(told["block"]["height"], 2)
        self.assertEqual(told["block"]["value_sat"], "5000000000")
        self.assertEqual(headers["Adit-Event"], "block.accepted")

    def test_loses_nothing_when_it_is_killed(self):
        receiver = self.receiver(*[500] * 2)
        admin = self.admin({"name": "hook", "url": f"http://127.0.0.1:{receiver.port}/"})
        wait_until(lambda: self.place("hook"), "a place in Redis")
        self.happen(3, "found")
        wait_until(lambda: receiver.got, "a first try")
        admin.kill()
        self.happen(3, "accepted", "core-1")
        admin.start_and_wait()
        wait_until(lambda: receiver.taken() == [f"block.found:{3:064x}", f"block.accepted:{3:064x}"],
                   "both deliveries")
        place = wait_until(lambda: self.place("hook").startswith("0-0") or self.place("hook"),
                           "a place")
        self.assertNotEqual(place, "0-0")
        admin.stop()
        admin.start_and_wait()
        self.happen(4, "found")
        wait_until(lambda: len(receiver.taken()) >= 3, "the next one")
        self.assertEqual(receiver.taken()[2:], [f"block.found:{4:064x}"], "nothing twice")

    def test_signs_with_a_new_secret_without_a_restart(self):
        receiver, other = self.receiver(), "fedcba9876543210fedcba9876543210"
        admin = self.admin({"name": "hook", "url": f"http://127.0.0.1:{receiver.port}/"})
        wait_until(lambda: self.place("hook"), "a place in Redis")
        write_secret(self.folder / "secret", "short\n")
        wait_until(lambda: "files not taken" in admin.text(), "a bad one to be refused")
        self.happen(7, "found")
        wait_until(lambda: len(receiver.got) == 1, "a delivery")
        write_secret(self.folder / "secret", other + "\n")
        wait_until(lambda: "webhook has a new secret" in admin.text(), "the new one")
        self.happen(8, "found")
        wait_until(lambda: len(receiver.got) == 2, "another delivery")
        for (_, _, headers, body), secret in zip(receiver.got, (SECRET, other)):
            self.assertTrue(is_signed(headers, body, secret))
        self.assertNotIn(other, admin.text())

    def test_stops_for_a_receiver_that_is_gone(self):
        gone, other = self.receiver(410), self.receiver()
        self.admin({"name": "gone", "url": f"http://127.0.0.1:{gone.port}/"},
                   {"name": "other", "url": f"http://127.0.0.1:{other.port}/"})
        wait_until(lambda: self.place("gone") and self.place("other"), "places in Redis")
        self.happen(5, "found")
        self.happen(6, "found")
        wait_until(lambda: len(other.taken()) == 2, "the other's deliveries")
        self.assertEqual(len(gone.got), 1)

    def test_tells_of_problems_and_of_their_end(self):
        receiver = self.receiver()
        self.admin({"name": "hook", "url": f"http://127.0.0.1:{receiver.port}/",
                    "events": ["problem.raised", "problem.cleared"]})
        self.redis_cli("CONFIG", "SET", "appendfsync", "everysec")
        self.redis_cli("CONFIG", "SET", "maxmemory", "1gb")
        self.redis_cli("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        raised = wait_until(lambda: next((json.loads(body) for *_, body in receiver.got), None),
                            "the problem")
        self.assertEqual(raised["problem"]["kind"], "redis-evicts")
        self.redis_cli("CONFIG", "SET", "maxmemory-policy", "noeviction")
        wait_until(lambda: any(headers["Adit-Event"] == "problem.cleared"
                               for _, _, headers, _ in receiver.got), "its end")

    def test_speaks_to_the_right_host_by_https_only(self):
        cert, key = self.folder / "cert.pem", self.folder / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", cert,
                        "-days", "1", "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=DNS:localhost"], check=True, capture_output=True)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(cert, key)
        receiver = self.receiver(tls=tls)
        hooks = {"right": {"url": f"https://localhost:{receiver.port}/right", "ca_file": str(cert)},
                 "unknown-ca": {"url": f"https://localhost:{receiver.port}/unknown"},
                 "other-name": {"url": f"https://127.0.0.1:{receiver.port}/name",
                                "ca_file": str(cert)}}
        admin = self.admin(*({"name": name, **hook} for name, hook in hooks.items()))
        wait_until(lambda: all(map(self.place, hooks)), "places in Redis")
        self.happen(7, "found")
        wait_until(lambda: receiver.taken(), "the delivery")

        def failed(name: str) -> float:
            return admin.metric("adit_admin_webhook_deliveries_total"
                                f'{{webhook="{name}",result="failed"}}')

        wait_until(lambda: failed("unknown-ca") and failed("other-name"), "the others to fail")
        self.assertEqual({path for _, path, *_ in receiver.got}, {"/right"})


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
