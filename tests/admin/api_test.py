#!/usr/bin/env python3
"""adit-admin's API, with real Redis, and clients that are not ours: `buf curl` over reflection, and
@grpc/grpc-js with the .proto files.

Usage: api_test.py FOLDER_OF_PROGRAMS FOLDER_FOR_NPM_PACKAGES [unittest arguments]
"""

import base64
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import uuid
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE.parent / "support"), str(HERE)]

import npm_clients
from processes import Process, Redis, free_port, http_metric, wait_until

SKIPPED = 77


class Admin(Process):
    def __init__(self, folder: Path, redis: Redis, api: str):
        self.api = f"127.0.0.1:{free_port()}"
        self.http = f"127.0.0.1:{free_port()}"
        self.config = folder / "admin.toml"
        self.config.write_text(
            f'[redis]\naddress = "{redis.address}"\n[pool]\npartitions = 4\n'
            f'[listen]\ngrpc = "127.0.0.1:{free_port()}"\nhttp = "{self.http}"\n'
            f'[console]\nenabled = false\n'
            f'[api]\nlisten = "{self.api}"\n{api}', encoding="utf-8")
        super().__init__([str(BINARIES / "adit-admin"), "--config", str(self.config)],
                         folder / "admin.log")

    def start_and_wait(self) -> None:
        self.start()
        wait_until(lambda: "operators' API listens" in self.text() or not self.is_running(),
                   "the API to listen")
        if not self.is_running():
            raise AssertionError(self.text())


class ApiTest(unittest.TestCase):
    api = "insecure_loopback = true\n"

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="adit-api-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.redis = self.enterContext(Redis(self.folder))
        self.admin = self.enterContext(Admin(self.folder, self.redis, self.api))

    def redis_cli(self, *words: str) -> str:
        return subprocess.run(["redis-cli", "-p", str(self.redis.port), *words], timeout=20,
                              capture_output=True, text=True, check=True).stdout

    def node(self, steps: list[dict], tls: dict | None = None) -> list[dict]:
        """What @grpc/grpc-js gets, a line for each step."""
        done = subprocess.run(
            ["node", str(HERE / "clients" / "client.mjs"), str(CLIENTS), str(ROOT / "proto")],
            input=json.dumps({"address": self.admin.api, "tls": tls, "steps": steps}),
            capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        return [json.loads(line) for line in done.stdout.splitlines()]

    def curl(self, method: str, request: dict) -> tuple[int, str]:
        """What buf curl says: its status and text."""
        done = subprocess.run(
            [str(npm_clients.buf(CLIENTS)), "curl", "--protocol", "grpc",
             "--http2-prior-knowledge", "-d", json.dumps(request),
             f"http://{self.admin.api}/{method}"],
            capture_output=True, text=True, timeout=120, check=False)
        return done.returncode, done.stdout + done.stderr


def ban(address: str, request_id: str | None = None, reason: str = "test") -> dict:
    return {"call": "PolicyService/CreateBan",
            "request": {"ban": {"address": address, "reason": reason},
                        "request_id": request_id or str(uuid.uuid4())}}


AUDIT = {"call": "PoolService/ListAuditEntries", "request": {}}


class Loopback(ApiTest):
    def setUp(self):
        super().setUp()
        self.admin.start_and_wait()

    def test_buf_curl_finds_everything_by_reflection(self):
        status, text = self.curl("adit.admin.v1.PoolService/GetPool", {})
        self.assertEqual(status, 0, text)
        self.assertIn('"pool"', text)
        status, text = self.curl("adit.admin.v1.GatewayService/GetGateway", {"name": "nonsense"})
        self.assertNotEqual(status, 0)
        self.assertIn("invalid_argument", text)
        detail = json.loads(text)["details"][0]
        self.assertEqual(detail["type"], "google.rpc.ErrorInfo")
        self.assertIn(b"INVALID_NAME", base64.b64decode(detail["value"] + "=="))
        status, text = self.curl("adit.admin.v1.ChannelService/ListChannels",
                                 {"page_size": 5, "filter": "is_silent = true"})
        self.assertEqual(status, 0, text)

    def test_a_mutation_is_done_once_and_written_down(self):
        request_id = str(uuid.uuid4())
        first, again, other, entries = self.node([
            ban("10.0.0.0/8", request_id), ban("10.0.0.0/8", request_id),
            ban("10.1.0.0/16", request_id), AUDIT])
        self.assertEqual(first["response"]["ban"]["name"], "bans/address:10.0.0.0%2F8")
        self.assertEqual(again, first)
        self.assertEqual(other["code"], "INVALID_ARGUMENT")
        self.assertEqual(other["info"]["reason"], "REQUEST_ID_REUSED")
        self.assertEqual(other["info"]["domain"], "adit.admin.v1")
        entries = entries["response"]["audit_entries"]
        self.assertEqual(len(entries), 1)
        self.assertEqual((entries[0]["actor"], entries[0]["method"], entries[0]["outcome"],
                          entries[0]["request_id"]), ("loopback", "CreateBan", "OK", request_id))
        self.assertIn('"address":"10.0.0.0/8"', entries[0]["request"])
        self.assertIn("address 10.0.0.0/8", self.redis_cli("HKEYS", "{pool}:bans"))
        self.assertIn(request_id, self.admin.text())

        # Another process, the next hour.
        self.admin.kill()
        self.admin.start_and_wait()
        again, gone, gone_again, entries = self.node([
            ban("10.0.0.0/8", request_id),
            {"call": "PolicyService/DeleteBan",
             "request": {"name": "bans/address:10.0.0.0%2F8", "request_id": str(uuid.uuid4())}},
            {"call": "PolicyService/DeleteBan",
             "request": {"name": "bans/address:10.0.0.0%2F8", "request_id": str(uuid.uuid4())}},
            AUDIT])
        self.assertEqual(again, first)
        self.assertEqual(gone["response"], {})
        self.assertEqual(gone_again["info"]["reason"], "NOT_FOUND")
        self.assertEqual([entry["outcome"] for entry in entries["response"]["audit_entries"]],
                         ["NOT_FOUND", "OK", "OK"], "the newest first")

    def test_without_redis_nothing_is_done(self):
        self.redis._process.send_signal(signal.SIGSTOP)
        request_id = str(uuid.uuid4())
        try:
            refused, pool = self.node([ban("10.0.0.1", request_id),
                                       {"call": "PoolService/GetPool"}])
        finally:
            self.redis._process.send_signal(signal.SIGCONT)
        self.assertEqual(refused["code"], "UNAVAILABLE")
        self.assertEqual(refused["info"]["reason"], "AUDIT_UNAVAILABLE")
        self.assertGreater(refused["retry_s"], 0)
        self.assertIn("response", pool, "what needs no Redis is answered")
        self.assertNotIn("10.0.0.1", self.redis_cli("HKEYS", "{pool}:bans"))

        def taken():
            return "response" in self.node([ban("10.0.0.1", request_id)])[0]
        wait_until(taken, "the same request to be taken when Redis is back")

    def test_a_claim_of_a_dead_process_is_taken_over(self):
        request_id = str(uuid.uuid4())
        done = self.node([ban("10.0.0.1", request_id)])[0]
        self.assertIn("response", done)
        key = f"{{pool}}:requests:{request_id}"
        self.assertGreater(int(self.redis_cli("TTL", key)), 86_000)
        # As another process leaves it that dies between the action and its outcome.
        self.redis_cli("HDEL", key, "outcome", "message", "response")
        self.redis_cli("HSET", key, "owner", "another")
        busy = self.node([ban("10.0.0.1", request_id)])[0]
        self.assertEqual(busy["info"]["reason"], "REQUEST_IN_PROGRESS")
        self.assertEqual(busy["retry_s"], 1)
        since = int(self.redis_cli("HGET", key, "since"))
        self.redis_cli("HSET", key, "since", str(since - 30_000))
        self.assertIn("response", self.node([ban("10.0.0.1", request_id)])[0])

    def test_calls_need_no_deadline_and_keep_theirs(self):
        none, some, past, health = self.node([
            {"call": "PoolService/GetPool"},
            {"call": "PoolService/GetPool", "deadline_ms": 10_000},
            {"call": "PoolService/GetPool", "deadline_ms": -1},
            {"health": "readiness"}])
        self.assertIn("response", none)
        self.assertIn("response", some)
        self.assertEqual(past["code"], "DEADLINE_EXCEEDED")
        self.assertEqual(health["status"], 1, "it serves")

    def test_garbage_is_refused_by_name(self):
        cases = [
            ("ListChannels", {"page_token": "x" * 10_000}, "INVALID_PAGE_TOKEN"),
            ("ListChannels", {"filter": "(" * 5_000}, "INVALID_FILTER"),
            ("ListChannels", {"filter": "difficulty >"}, "INVALID_FILTER"),
            ("ListChannels", {"order_by": "shares desc desc"}, "INVALID_ORDER"),
            ("ListChannels", {"page_size": -5}, "INVALID_PAGE_SIZE"),
            ("GetChannel", {"name": "channels/\u0000\u0001"}, "INVALID_NAME"),
            ("GetChannel", {"name": "channels/" + "a" * 1_000_000}, "INVALID_NAME"),
            ("GetChannel", {"name": "channels/0123456789abcdef"}, "NOT_FOUND"),
            ("ExplainChannel", {"name": "channels/xyz"}, "INVALID_NAME"),
            ("CloseChannel", {"name": "channels/0123456789abcdef", "request_id": "no"},
             "INVALID_REQUEST_ID"),
            ("CloseChannel", {"name": "channels/0123456789abcdef",
                              "request_id": str(uuid.uuid4()), "reason_code": "x" * 256},
             "INVALID_FIELD")]
        answers = self.node([{"call": f"ChannelService/{method}", "request": request}
                             for method, request, _ in cases] +
                            [{"call": "ChannelService/ListChannels",
                              "request": {"page_size": 2_000_000_000}}])
        for (method, request, reason), answer in zip(cases, answers):
            self.assertEqual(answer.get("info", {}).get("reason"), reason,
                             f"{method} {str(request)[:60]}: {answer}")
        self.assertIn("response", answers[-1])

    def test_thousands_of_watchers(self):
        seen = self.folder / "seen"
        crowd = {"watchers": 3_000, "watch": "PoolService/WatchPool", "seconds": 200, "reads": True,
                 "until": str(seen), "each": 2}
        deaf = {"watchers": 500, "watch": "PoolService/WatchPool", "seconds": 1, "reads": False,
                "leaves": False}
        process = subprocess.Popen(
            ["node", str(HERE / "clients" / "client.mjs"), str(CLIENTS), str(ROOT / "proto")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.kill)
        process.stdin.write(json.dumps({"address": self.admin.api, "steps": [crowd, deaf]}))
        process.stdin.close()
        wait_until(lambda: self.watchers() >= 3_000, "all to watch")
        before = time.monotonic()
        self.assertIn("response", self.node([{"call": "PoolService/GetPool"}])[0])
        self.assertLess(time.monotonic() - before, 15)
        seen.touch()
        said = [json.loads(line) for line in process.stdout]
        process.wait(60)
        self.assertGreaterEqual(said[1]["least"], 2, "each got more than its first")
        # Those that never read have gone without a word with their process.
        wait_until(lambda: self.watchers() == 0, "nobody to watch any more")

    def watchers(self) -> float:
        return http_metric(self.admin.http, "adit_admin_watchers")

    def test_a_stop_waits_for_no_watcher(self):
        process = subprocess.Popen(
            ["node", str(HERE / "clients" / "client.mjs"), str(CLIENTS), str(ROOT / "proto")],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        self.addCleanup(process.kill)
        process.stdin.write(json.dumps({"address": self.admin.api, "steps": [
            {"watchers": 50, "watch": "PoolService/WatchPool", "seconds": 60, "reads": False}]}))
        process.stdin.close()
        wait_until(lambda: self.watchers() == 50, "all to watch")
        before = time.monotonic()
        self.assertEqual(self.admin.stop(), 0)
        self.assertLess(time.monotonic() - before, 10)


class Certificates(ApiTest):
    """mTLS, and the roles of certificates."""

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="adit-api-"))
        self.make_authority("ca")
        self.make_authority("stranger")
        self.make_certificate("api", "ca", "localhost")
        for name in ("alice", "bob", "eve"):
            self.make_certificate(name, "ca", name)
        self.make_certificate("mallory", "stranger", "alice")
        at = self.folder
        self.api = (f'[api.tls]\ncertificate_file = "{at}/api.pem"\nkey_file = "{at}/api.key"\n'
                    f'client_ca_file = "{at}/ca.pem"\n'
                    '[[api.roles]]\ncertificate = "alice"\nrole = "operator"\n'
                    '[[api.roles]]\ncertificate = "bob"\nrole = "viewer"\n')
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.redis = self.enterContext(Redis(self.folder))
        self.admin = self.enterContext(Admin(self.folder, self.redis, self.api))

    def openssl(self, *words: str) -> None:
        done = subprocess.run(["openssl", *words], cwd=self.folder, capture_output=True, text=True,
                              check=False, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)

    def make_authority(self, name: str) -> None:
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                     "-nodes", "-days", "2", "-subj", f"/CN={name}", "-keyout", f"{name}.key",
                     "-out", f"{name}.pem")

    def make_certificate(self, name: str, authority: str, common_name: str) -> None:
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                     "-subj", f"/CN={common_name}", "-addext", "subjectAltName=IP:127.0.0.1",
                     "-keyout", f"{name}.key", "-out", f"{name}.csr")
        (self.folder / f"{name}.ext").write_text("subjectAltName=IP:127.0.0.1\n")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.pem", "-CAkey",
                     f"{authority}.key", "-CAcreateserial", "-days", "2", "-extfile",
                     f"{name}.ext", "-out", f"{name}.pem")
        (self.folder / f"{name}.key").chmod(0o600)

    def tls(self, name: str | None, authority: str = "ca") -> dict:
        made = {"ca": f"{self.folder}/{authority}.pem"}
        if name:
            made |= {"cert": f"{self.folder}/{name}.pem", "key": f"{self.folder}/{name}.key"}
        return made

    def test_a_certificate_is_what_it_may_do(self):
        self.admin.start_and_wait()
        steps = [{"call": "PoolService/GetPool"}, ban("10.0.0.1"),
                 {"watch": "PoolService/WatchProblems", "messages": 1}]
        pool, banned, watched = self.node(steps, self.tls("alice"))
        self.assertIn("response", pool)
        self.assertIn("response", banned)
        self.assertTrue(watched["messages"][0]["synced"])

        pool, banned, watched = self.node(steps, self.tls("bob"))
        self.assertIn("response", pool)
        self.assertEqual(banned["code"], "PERMISSION_DENIED")
        self.assertEqual(banned["info"]["reason"], "ROLE_TOO_LOW")
        self.assertEqual(banned["info"]["metadata"]["certificate"], "bob")
        self.assertTrue(watched["messages"][0]["synced"])

        for refused in self.node(steps, self.tls("eve")):
            self.assertEqual(refused["code"], "PERMISSION_DENIED")
            self.assertEqual(refused["info"]["reason"], "NO_ROLE")

        for name in ("mallory", None):
            refused = self.node([{"call": "PoolService/GetPool", "deadline_ms": 10_000}],
                                self.tls(name))[0]
            self.assertEqual(refused["code"], "UNAVAILABLE", "no handshake for a stranger")
        refused = self.node([{"call": "PoolService/GetPool", "deadline_ms": 10_000}], None)[0]
        self.assertEqual(refused["code"], "UNAVAILABLE", "nor in the clear")

        entries = self.node([AUDIT], self.tls("bob"))[0]["response"]["audit_entries"]
        self.assertEqual([(entry["actor"], entry["outcome"]) for entry in entries],
                         [("alice", "OK")])

    def test_a_renewed_certificate_is_taken_up(self):
        self.admin.start_and_wait()
        self.assertIn("response", self.node([{"call": "PoolService/GetPool"}],
                                            self.tls("alice"))[0])
        # Both by another authority: clients that know only the old one do not get in any more.
        self.make_certificate("renewed", "stranger", "localhost")
        (self.folder / "renewed.key").replace(self.folder / "api.key")
        (self.folder / "renewed.pem").replace(self.folder / "api.pem")

        def is_taken_up():
            answer = self.node([{"call": "PoolService/GetPool", "deadline_ms": 5_000}],
                               self.tls("alice", "stranger"))[0]
            return "response" in answer
        wait_until(is_taken_up, "the new certificate", 60)

    def test_files_that_serve_nobody_stop_the_start(self):
        (self.folder / "api.pem").write_text("no certificate")
        self.admin.start()
        self.assertNotEqual(self.admin.wait(), 0)
        self.assertIn("api.tls.certificate_file", self.admin.text())
        self.make_certificate("api", "ca", "localhost")
        shutil.copy(self.folder / "bob.key", self.folder / "api.key")
        self.admin.start()
        self.assertNotEqual(self.admin.wait(), 0)
        self.assertIn("api.tls.key_file", self.admin.text())


class Open(ApiTest):
    api = ""

    def test_an_api_that_anybody_could_call_is_not_started(self):
        self.admin.start()
        self.assertNotEqual(self.admin.wait(), 0)
        self.assertIn("insecure_loopback = true", self.admin.text())


if __name__ == "__main__":
    BINARIES = Path(sys.argv.pop(1)).resolve()
    try:
        CLIENTS = npm_clients.install(Path(sys.argv.pop(1)).resolve())
    except npm_clients.Unavailable as why:
        print(f"skipped: {why}")
        sys.exit(SKIPPED)
    unittest.main(verbosity=2)
