#!/usr/bin/env python3
"""adit-miner at an SV1 pool: what it sends, what it obeys, what it writes down.

Usage: sv1_miner_test.py ADIT_MINER
"""

import json
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from processes import Process, free_port, wait_until
from sv1_pool import DIFFICULTY, MASK, Connection, Sv1Pool

MINER = Path(sys.argv[1]).resolve()


class Sv1Miner(unittest.TestCase):
    def setUp(self):
        self.pool = self.enterContext(Sv1Pool())
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="adit-sv1-")))
        self.journal = self.folder / "journal"
        self.summary_file = self.folder / "summary.json"

    def miner(self, *options: str, url: str = "") -> Process:
        miner = self.enterContext(Process(
            [str(MINER), "--url", url or self.pool.url, "--threads", "1", "--throttle", "1M",
             "--journal", str(self.journal), "--summary", str(self.summary_file),
             *(() if "--user" in options else ("--user", "alice.rig")), *options],
            self.folder / "log"))
        miner.start()
        return miner

    def events(self, name: str) -> list[dict]:
        return [event for event in map(json.loads, self.journal.read_text().splitlines())
                if event["event"] == name]

    def wait_for_shares(self, connection: Connection, count: int = 1) -> None:
        begun = len(connection.shares)
        wait_until(lambda: len(connection.shares) >= begun + count, "shares")

    def check_faultless(self) -> None:
        self.assertEqual([share for share in self.pool.shares() if share.fault], [])

    def test_its_shares_are_what_the_pool_asked_for_and_stand_in_the_journal(self):
        refused = {3: [21, "Job not found", None], 5: [23, "Low difficulty share", None]}
        self.pool.answer = lambda share: refused.get(len(self.pool.shares()))
        miner = self.miner("--shares", "20")
        self.assertEqual(miner.wait(), 0, miner.text())
        self.check_faultless()
        connection = self.pool.connections[0]
        self.assertEqual(connection.methods()[:5],
                         ["mining.configure", "mining.subscribe", "mining.authorize",
                          "mining.extranonce.subscribe", "mining.suggest_difficulty"])
        submits, answers = self.events("submit"), self.events("answer")
        self.assertEqual([event["hash"] for event in submits],
                         [share.hash for share in connection.shares])
        self.assertEqual({event["difficulty"] for event in submits}, {DIFFICULTY})
        self.assertEqual({event["worker"] for event in submits}, {"alice.rig"})
        self.assertEqual([event["request_id"] for event in submits],
                         [event["request_id"] for event in answers])
        self.assertEqual([(event["code"], event["text"]) for event in answers
                          if not event["result"]],
                         [(code, text) for code, text, _ in refused.values()])
        self.assertGreater(len({share.version_bits for share in connection.shares}), 3)
        summary = json.loads(self.summary_file.read_text())
        self.assertEqual((summary["shares_submitted"], summary["shares_accepted"],
                          summary["shares_unknown"]), (20, 18, 0))
        self.assertEqual(summary["shares_rejected"],
                         {"21 Job not found": 1, "23 Low difficulty share": 1})

    def test_it_obeys_what_it_is_told_from_the_next_job_on(self):
        miner = self.miner()
        connection = self.pool.wait_for_connection(0)
        connection.set_difficulty(DIFFICULTY / 2)
        connection.set_extranonce("aabbccdd", 4)
        self.wait_for_shares(connection, 3)  # of the job before: as it was told for that
        connection.notify(clean=False)
        wait_until(lambda: connection.shares[-1].told.extranonce1 == "aabbccdd", "the extranonce")
        self.wait_for_shares(connection, 3)
        connection.told.mask = 0x6000
        connection.call("mining.set_version_mask", "00006000")
        connection.notify(clean=True)
        wait_until(lambda: connection.shares[-1].told.mask == 0x6000, "the mask")
        self.wait_for_shares(connection, 3)
        self.assertEqual(miner.stop(), 0)
        # What was on its way when its job became void.
        stale = [share for share in connection.shares if share.fault == "unknown job"]
        self.assertLessEqual(len(stale), 3)
        self.assertEqual([share for share in connection.shares
                          if share.fault not in ("", "unknown job")], [])
        self.assertEqual([event["extranonce1"] for event in self.events("extranonce_set")],
                         ["aabbccdd"])
        self.assertEqual(self.events("submit")[-1]["difficulty"], DIFFICULTY / 2)

    def test_it_answers_what_the_pool_asks(self):
        self.miner()
        connection = self.pool.wait_for_connection(0)
        connection.call("client.get_version", request_id=77)
        connection.call("mining.ping", request_id="p")
        answer = wait_until(lambda: connection.answer_to("p"), "an answer to mining.ping")
        self.assertEqual(answer["result"], "pong")
        self.assertTrue(connection.answer_to(77)["result"].startswith("adit-miner/"))

    def test_it_comes_back_to_its_session_and_searches_nothing_twice(self):
        miner = self.miner()
        first = self.pool.wait_for_connection(0)
        first.close()
        second = self.pool.wait_for_connection(1)
        self.wait_for_shares(second, 3)
        self.assertEqual(miner.stop(), 0)
        session = self.events("subscribed")[0]["session_id"]
        self.assertEqual(next(message["params"] for message in second.heard
                              if message["method"] == "mining.subscribe"),
                         ["adit-miner/0.1.0", session])
        self.assertEqual([event["is_resumed"] for event in self.events("subscribed")],
                         [False, True])
        self.check_faultless()
        summary = json.loads(self.summary_file.read_text())
        self.assertEqual((summary["connections"], summary["connections_lost"],
                          summary["sessions_resumed"]), (2, 1, 1))

    def test_it_goes_where_it_is_sent_on_the_same_host(self):
        elsewhere = self.enterContext(Sv1Pool())
        miner = self.miner()
        connection = self.pool.wait_for_connection(0)
        connection.call("client.reconnect", "another.example", 3333, 0)
        wait_until(lambda: "another host" in miner.text(), "the miner to say that it stays")
        self.wait_for_shares(connection)
        begun = time.monotonic()
        connection.call("client.reconnect", "127.0.0.1", elsewhere.port, 2)
        elsewhere.wait_for_connection(0)
        self.assertGreaterEqual(time.monotonic() - begun, 2)
        self.assertEqual(miner.stop(), 0)
        self.assertEqual(len(self.pool.connections), 1)

    def certificate(self, name: str, address: str) -> Path:
        """One that is its own authority, and its key."""
        file = self.folder / f"{name}.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=pool",
                        "-addext", f"subjectAltName=IP:{address}", "-keyout", str(file), "-out",
                        str(self.folder / "out.pem")], check=True, capture_output=True)
        file.write_text(file.read_text() + (self.folder / "out.pem").read_text())
        return file

    def test_it_speaks_tls_with_a_pool_that_is_the_one_it_means(self):
        ours = self.certificate("ours", "127.0.0.1")
        pool = self.enterContext(Sv1Pool(certificate=ours))
        miner = self.miner("--tls-authorities", str(ours), "--shares", "10", url=pool.url)
        self.assertEqual(miner.wait(), 0, miner.text())
        self.assertEqual([share.fault for share in pool.shares()], [""] * 10)

        elsewhere = self.certificate("elsewhere", "127.0.0.2")
        other = self.enterContext(Sv1Pool(certificate=elsewhere))
        for authorities, reason in [(elsewhere, "IP address mismatch"), (ours, "self-signed")]:
            refused = self.miner("--tls-authorities", str(authorities), url=other.url)
            self.assertEqual(refused.wait(), 1)
            self.assertIn(reason, refused.text())
        self.assertEqual(other.connections, [])
        plain = self.miner("--tls-authorities", str(ours))
        self.assertEqual(plain.wait(), 1)
        self.assertIn("is for a pool that speaks TLS", plain.text())

    def test_it_mines_without_version_rolling_where_it_is_told_to(self):
        miner = self.miner("--no-version-rolling", "--password", "d=1", "--suggest-difficulty", "0",
                           "--shares", "5")
        self.assertEqual(miner.wait(), 0, miner.text())
        self.check_faultless()
        connection = self.pool.connections[0]
        self.assertEqual(set(connection.methods()),
                         {"mining.subscribe", "mining.authorize", "mining.extranonce.subscribe",
                          "mining.submit"})
        self.assertEqual({share.version_bits for share in connection.shares}, {None})
        self.assertEqual(next(message["params"] for message in connection.heard
                              if message["method"] == "mining.authorize"), ["alice.rig", "d=1"])

    def test_it_ends_with_status_1_and_a_reason(self):
        nobody = f"stratum+tcp://127.0.0.1:{free_port()}"
        for options, url, reason in [
                (["--user", "stranger"], "", "refused the worker stranger: Unauthorized worker (24)"),
                ([], nobody, "cannot connect to 127.0.0.1"),
                ([], "stratum+tcp://127.0.0.1", "the port is missing"),
                (["--extended", "2"], "", "--extended is for a Stratum V2 pool"),
                (["--user", "a", "--user", "b"], "", "give it once"),
        ]:
            with self.subTest(reason):
                miner = self.miner(*options, url=url)
                self.assertEqual(miner.wait(), 1)
                self.assertIn(reason, miner.text())

    def test_a_mask_of_no_bits_still_has_version_bits_sent(self):
        miner = self.miner()
        connection = self.pool.wait_for_connection(0)
        connection.told.mask = 0
        connection.call("mining.set_version_mask", "00000000")
        connection.notify(clean=True)
        wait_until(lambda: connection.shares[-1].told.mask == 0, "the mask")
        self.wait_for_shares(connection, 2)
        miner.stop()
        self.assertEqual(connection.shares[-1].version_bits, 0)
        self.assertEqual(connection.shares[-1].fault, "")
        self.assertEqual(MASK & connection.shares[0].version_bits, connection.shares[0].version_bits)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
