"""Tests of ./dev bench peers: what its tables say, and the subscriber of a node's announcements."""

import socket
import sys
import threading
import time
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "support"))

import bench_peers_report as report
from bench_peers_pools import PEERS
from zmq_announcements import GREETING, Announcements

SHARES, ANSWER = report.FIGURES[0], report.FIGURES[1]


def row(**figures: tuple[float | None, float | None]) -> report.Row:
    made = report.Row(PEERS[0], 1000, rate=2000)
    for name, values in figures.items():
        for side, value in zip(("ours", "theirs"), values):
            if value is not None:
                made.found[side].add(**{name: value})
    return made


class Report(unittest.TestCase):
    def test_more_is_better_of_shares_and_less_of_times(self):
        made = row(shares_s=(3000, 1000), ack_p50_ms=(2.0, 1.0))
        self.assertEqual(made.ratio(SHARES), 3)
        self.assertEqual(made.ratio(ANSWER), 0.5)
        self.assertEqual([report.ratio_text(made.ratio(figure)) for figure in (SHARES, ANSWER)],
                         ["3.0x ours", "2.0x theirs"])

    def test_others_are_named_where_they_are_ahead(self):
        lost = report.behind([row(shares_s=(3000, 1000), ack_p50_ms=(2.0, 1.0),
                                  ack_p99_ms=(1.0, 0.99))])
        self.assertEqual(lost, ["answer at 2,000/s, p50, ms with 1,000 connections: pool_sv2, 2.0 "
                                "times"])

    def test_what_one_of_both_has_not_is_not_compared(self):
        made = row(shares_s=(3000, None))
        made.found["theirs"].missing.append("it ended")
        self.assertIsNone(made.ratio(SHARES))
        text = "\n".join(report.table(made))
        self.assertIn("theirs: it ended", text)
        self.assertIn("ahead in 0 of 0", report.summary([made]))
        self.assertEqual(report.behind([made]), [])

    def test_the_document_has_every_figure_and_what_differs(self):
        made = row(shares_s=(3000, 1000), last_ms=(30.0, 20.0))
        text = report.document([made], ["date: today"], is_quick=True, skipped=["ckpool"])
        for part in ("with `--quick`", "- date: today", "| 3,000 | 1,000 | 3.0x ours |",
                     "| 30.0 | 20.0 | 1.5x theirs |", "appendfsync always", PEERS[0].differs,
                     "## ckpool\n\nNot in this run"):
            self.assertIn(part, text)

    def test_a_median_is_of_all_runs(self):
        made = row()
        for value in (1, 9, 2):
            made.found["ours"].add(shares_s=value)
        self.assertEqual(made.found["ours"].median("shares_s"), 2)


class Subscriber(unittest.TestCase):
    def test_notes_when_each_block_was_announced(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            told = threading.Event()
            calls = []

            def announce() -> None:
                peer, _ = server.accept()
                with peer:
                    peer.sendall(GREETING + b"\x04\x06\x05READY")
                    for body in (bytes(31) + b"\x07", bytes(300)):
                        size = (b"\x03" + len(body).to_bytes(8, "big") if len(body) > 255
                                else b"\x01" + bytes([len(body)]))
                        peer.sendall(b"\x01\x09hashblock" + size + body + b"\x00\x04\0\0\0\0")
                    told.wait(10)

            thread = threading.Thread(target=announce)
            thread.start()
            began_us = time.time_ns() // 1000
            with Announcements(f"tcp://127.0.0.1:{server.getsockname()[1]}",
                               lambda: calls.append(1)) as announcements:
                deadline = time.monotonic() + 10
                while len(announcements.at_us) < 2 and time.monotonic() < deadline:
                    time.sleep(0.01)
                told.set()
            thread.join()
        self.assertGreaterEqual(announcements.at_us["00" * 31 + "07"], began_us)
        self.assertEqual(len(announcements.at_us), 2, "also in a long frame")
        self.assertEqual(len(calls), 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
