#!/usr/bin/env python3
"""SV1 miners through a translator into a real pool: credited, with TLS, behind a proxy, beside peers
that misbehave, and asked to leave.

Usage: serve_test.py FOLDER_OF_PROGRAMS [TEST...]
"""

import signal
import ssl
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from farm import GATEWAYS, HASH_RATE, Farm
from processes import http_get, wait_until
from sv1_client import Closed, Miner, connect

import children

BINARIES = Path(sys.argv[1]).resolve()
STALE = 21  # "Job not found": a block came meanwhile


def make_certificate(folder: Path, name: str) -> None:
    """tls.pem and tls.key, each at once: what is there is never half of a pair for long."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30", "-subj",
                    f"/CN={name}", "-keyout", folder / "tls.key.new", "-out",
                    folder / "tls.pem.new"], check=True, capture_output=True)
    (folder / "tls.key.new").chmod(0o600)
    for suffix in ("key", "pem"):
        (folder / f"tls.{suffix}.new").replace(folder / f"tls.{suffix}")


def trusting_anybody() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Serving(unittest.TestCase):
    """One pool for all; each test has a translator of its own, and accounts of its own."""

    has_failed = False

    @classmethod
    def setUpClass(cls):
        cls.farm = cls.enterClassContext(Farm(BINARIES))
        cls.addClassCleanup(lambda: cls.has_failed or cls.farm.discard())

    def run(self, result=None):
        result = super().run(result)
        Serving.has_failed |= not result.wasSuccessful()
        return result

    def assert_only_stale(self, refused: list) -> None:
        self.assertTrue(all(error[0] == STALE for error in refused), refused)

    def test_shares_are_accepted_and_credited_to_who_authorized(self):
        translator = self.farm.translator("credited")
        miners = [Miner(translator.address, user) for user in ("ann.one", "ann.two", "bob.one")]
        for miner in miners:
            miner.start()
        for miner in miners:
            self.assert_only_stale(miner.mine_accepted(10))
        # What was answered true and what is written down is the same but for disagreements.
        disagreed = sum(self.series(translator, "adit_translator_shares_disagreed_total"))
        self.assertEqual(disagreed, 0)
        for miner in miners:
            wait_until(lambda miner=miner: self.farm.credited(miner.user) >= 10,
                       f"ten shares of {miner.user} in the ledger")
            self.assertEqual(self.farm.credited(miner.user), 10)
        self.check_status(translator, miners)
        for miner in miners:
            miner.close()
        wait_until(lambda: translator.metric("adit_translator_connections") == 0, "their end")
        self.assertEqual(translator.closed("by-miner"), 3)
        self.assertEqual(translator.stop(), 0)

    @staticmethod
    def series(translator, name: str) -> list[float]:
        return [float(line.rsplit(" ", 1)[1]) for line in
                translator.get("/metrics")[1].splitlines() if line.startswith(name)]

    def check_status(self, translator, miners: list[Miner]) -> None:
        status = translator.status()
        self.assertEqual(status["miners_connected"], len(miners))
        self.assertEqual(sorted(row["user"] for row in status["miners"]),
                         sorted(miner.user for miner in miners))
        self.assertTrue(all(row["accepted"] >= 10 for row in status["miners"]), status)
        self.assertTrue(status["pools"][0]["is_serving"], status)
        self.assertEqual([row["user"] for row in translator.status("?miner=bob")["miners"]],
                         ["bob.one"])
        code, page = translator.get("/?miner=ann.t")
        self.assertEqual(code, 200)
        self.assertIn("ann.two", page)
        self.assertNotIn("bob.one", page)
        self.assertNotIn("<script", page)

    def test_aggregated_all_are_one_account_and_each_has_work_of_its_own(self):
        translator = self.farm.translator("aggregated", {
            "mode": "aggregated",
            "pools": [{"url": self.farm.url(gateway), "user_identity": "merged.farm"}
                      for gateway in GATEWAYS],
            "vardiff": {"start_hash_rate": HASH_RATE, "easiest_difficulty": 1e-6,
                        "shares_per_minute": 60}})
        miners = [Miner(translator.address, f"shed.{i}") for i in range(3)]
        for miner in miners:
            self.assert_only_stale(miner.start().mine_accepted(10))
        self.assertEqual(len({miner.extranonce1 for miner in miners}), 3)
        self.assertEqual(sum(self.series(translator, "adit_translator_shares_disagreed_total")), 0)
        status = translator.status()
        self.assertEqual((status["mode"], status["pools"][0]["channels"]), ("aggregated", 1))
        for miner in miners:  # named as the worker of its shares (extension 0x0002)
            wait_until(lambda miner=miner: self.farm.credited(f"merged.{miner.user}") > 0,
                       f"shares of {miner.user} in the ledger")

    def test_whoever_searches_writes_no_html(self):
        translator = self.farm.translator("html")
        miner = Miner(translator.address, "<b>eve</b>.\"x&")
        miner.start()
        for path in ("/", "/?miner=%3Cb%3Eeve"):
            page = translator.get(path)[1]
            self.assertNotIn("<b>eve", page, path)
            self.assertIn("&lt;b&gt;eve", page, path)
        self.assertEqual(translator.status("?miner=%3Cb%3E")["miners"][0]["user"], miner.user)

    def test_miners_with_tls_stay_through_a_renewal_of_the_certificate(self):
        folder = self.farm.folder / "certificate"
        folder.mkdir()
        make_certificate(folder, "first")
        translator = self.farm.translator("tls", {
            "limits": {"handshake_deadline": "2s"},
            "tls": {"certificate_file": str(folder / "tls.pem"),
                    "key_file": str(folder / "tls.key")}})
        context = trusting_anybody()
        old = Miner(translator.tls_address, "tls.old", tls=context).start()
        plain = Miner(translator.address, "tls.plain").start()
        self.assert_only_stale(old.mine_accepted(3))
        shown = old.socket.getpeercert(binary_form=True)

        make_certificate(folder, "second")
        self.hang_up(translator)
        reloads = 'adit_translator_tls_certificate_reloads_total{result="%s"}'
        wait_until(lambda: translator.metric(reloads % "ok") == 1, "the new certificate")
        new = Miner(translator.tls_address, "tls.new", tls=context).start()
        self.assertNotEqual(new.socket.getpeercert(binary_form=True), shown)

        (folder / "tls.key").chmod(0o644)
        self.hang_up(translator)
        wait_until(lambda: translator.metric(reloads % "refused") == 1, "the refusal")
        self.assertRegex(translator.text(), r"open to others \(mode 0644\); cure: chmod")
        for miner in (old, new, plain):
            self.assert_only_stale(miner.mine_accepted(2))

        silent = connect(translator.tls_address)
        wait_until(lambda: translator.closed("handshake-deadline") == 1, "the silent one's end")
        silent.close()

        # Who speaks TLS to the one port, or SV1 to the other, is told apart and let go.
        with self.assertRaises((ssl.SSLError, ConnectionError, OSError)):
            connect(translator.address, tls=context)
        wait_until(lambda: translator.closed("tls-to-plain-port") == 1, "its end")
        with self.assertRaises((Closed, ConnectionError)):
            Miner(translator.tls_address, "plain.here").call("mining.subscribe", "x")
        self.assertEqual(translator.closed("tls-failed"), 1)
        self.assertEqual(translator.metric(
            'adit_translator_tls_handshakes_total{result="ok"}'), 2)

    def hang_up(self, translator) -> None:
        translator._process.send_signal(signal.SIGHUP)

    def test_behind_a_proxy_the_header_says_whose_connection_it_is(self):
        folder = self.farm.folder / "proxy-certificate"
        folder.mkdir()
        make_certificate(folder, "proxied")
        translator = self.farm.translator("proxy", {
            "listen": {"proxy_protocol_from": ["127.0.0.2"]},
            "tls": {"certificate_file": str(folder / "tls.pem"),
                    "key_file": str(folder / "tls.key")}})
        v2 = (b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c" + bytes([192, 0, 2, 8, 10, 0, 0, 1])
              + (1234).to_bytes(2, "big") + (3333).to_bytes(2, "big"))
        miners = [Miner(translator.address, "proxy.v1", source="127.0.0.2",
                        first=b"PROXY TCP4 192.0.2.7 10.0.0.1 1000 3333\r\n"),
                  Miner(translator.tls_address, "proxy.v2", source="127.0.0.2", first=v2,
                        tls=trusting_anybody()),
                  Miner(translator.address, "proxy.none")]
        for miner in miners:
            self.assert_only_stale(miner.start().mine_accepted(1))
        peers = {row["user"]: row["peer"].rsplit(":", 1)[0] for row in
                 translator.status()["miners"]}
        self.assertEqual(peers, {"proxy.v1": "192.0.2.7", "proxy.v2": "192.0.2.8",
                                 "proxy.none": "127.0.0.1"})
        headless = Miner(translator.address, "proxy.headless", source="127.0.0.2")
        with self.assertRaises((Closed, ConnectionError)):
            headless.call("mining.subscribe", "x")
        wait_until(lambda: translator.closed("proxy-header-missing") == 1, "its end")

    def test_two_hundred_connections_and_those_among_them_that_misbehave(self):
        translator = self.farm.translator("crowd", {"limits": {
            "line_deadline": "3s", "write_stall_deadline": "3s", "first_line_deadline": "4s",
            "lines_per_second": 50, "lines_burst": 50}})
        idle = [Miner(translator.address, f"crowd.idle{i}").start() for i in range(190)]
        good = [Miner(translator.address, f"crowd.good{i}").start() for i in range(5)]
        half = connect(translator.address)
        half.sendall(b'{"id":1,"method":"mining.subscribe","params":["half"')
        silent = connect(translator.address)
        deaf = connect(translator.address, receive_buffer=4096)
        deaf.setblocking(False)
        flood = connect(translator.address)
        flood.setblocking(False)
        long_line = connect(translator.address)

        slowest = 0.0
        end = time.monotonic() + 12
        flooded = 0
        while time.monotonic() < end:
            for miner in good:
                share = miner.find_share()
                began = time.monotonic()
                answer = miner.call("mining.submit", *share)
                slowest = max(slowest, time.monotonic() - began)
                if answer["result"] is not True:
                    self.assertEqual(answer["error"][0], STALE, answer)
            for line in (b'{"id":1,"method":"mining.subscribe","params":[]}\n' * 20,
                         b'{"id":2,"method":"client.get_version","params":[]}\n' * 200):
                for peer in (deaf, flood):
                    try:
                        sent = peer.send(line)
                        flooded += sent if peer is flood else 0
                    except OSError:
                        pass
            try:
                flood.recv(1 << 20)
            except OSError:
                pass
            try:
                long_line.send(b"x" * 8192)
            except OSError:
                pass
        print(f"slowest answer beside the crowd: {slowest * 1000:.0f} ms; the flood was "
              f"{flooded} bytes", flush=True)
        self.assertLess(slowest, 5)
        for reason in ("line-deadline", "first-line-deadline", "line-too-long"):
            wait_until(lambda reason=reason: translator.closed(reason) == 1, reason)
        self.assertGreater(translator.metric("adit_translator_reading_paused_total"), 0)
        self.assertGreaterEqual(translator.metric("adit_translator_connections"), 195)
        self.assertEqual(translator.status()["miners_connected"],
                         translator.metric("adit_translator_connections"))
        for miner in idle:
            self.assertGreater(len(miner.heard), 0)
            miner.close()
        for peer in (half, silent, deaf, flood, long_line):
            peer.close()

    def test_a_drain_asks_miners_to_leave_and_answers_what_is_pending(self):
        translator = self.farm.translator("drain", {"drain": {"spread": "1s"}})
        miners = [Miner(translator.address, f"drain.{i}").start() for i in range(20)]
        for miner in miners[:3]:
            self.assert_only_stale(miner.mine_accepted(2))
        shares = {miner: miner.find_share() for miner in miners[:3]}
        translator._process.send_signal(signal.SIGTERM)
        pending = {miner: miner.send("mining.submit", *share) for miner, share in shares.items()}
        for miner, number in pending.items():
            answer = miner.answer(number)
            self.assertTrue(answer["result"] is True or answer["error"][0] == STALE, answer)
        for miner in miners:
            miner.wait_for_end(20)
            self.assertIn("client.reconnect", miner.methods())
        self.assertEqual(translator.wait(), 0)
        self.assertEqual(http_get(translator.http, "/readyz")[0], 0)

    def test_a_notice_comes_before_anybody_is_turned_away_and_a_second_signal_ends_it(self):
        translator = self.farm.translator("notice", {"drain": {"notice": "60s", "spread": "60s"}})
        miner = Miner(translator.address, "notice.first").start()
        asked = time.monotonic()
        translator._process.send_signal(signal.SIGTERM)
        wait_until(lambda: http_get(translator.http, "/readyz")[0] == 503, "it not to be ready")
        late = Miner(translator.address, "notice.late").start()
        self.assert_only_stale(late.mine_accepted(1))
        self.assert_only_stale(miner.mine_accepted(1))
        self.assertNotIn("client.reconnect", miner.methods())
        translator._process.send_signal(signal.SIGTERM)
        for one in (miner, late):
            one.wait_for_end(20)
            self.assertIn("client.reconnect", one.methods())
        self.assertEqual(translator.wait(), 0)
        self.assertLess(time.monotonic() - asked, 60, "before the notice has ended")


if __name__ == "__main__":
    children.adopt_orphans()
    try:
        tests = unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2, exit=False,
                              warnings="ignore")
    finally:
        children.end_all()
    sys.exit(not tests.result.wasSuccessful())
