#!/usr/bin/env python3
"""./dev chaos: what it reads in journals, and what it takes for a failure."""

import random
import socket
import sys
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import chaos
import chaos_layout
import chaos_round
from chaos_faults import KillGateway, KillWorker
from chaos_journal import Gap, Tail, longest
from chaos_layout import Layout
from chaos_round import Round
from console import Failure


def line(event: str, time_us: int, **more) -> str:
    fields = "".join(f',"{key}":"{value}"' for key, value in more.items())
    return f'{{"event":"{event}","time_us":{time_us},"connection":1{fields}}}\n'


class Journal(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.path = Path(scratch.name) / "journal"

    def write(self, text: str) -> None:
        with self.path.open("a") as journal:
            journal.write(text)

    def test_begins_where_the_journal_ended_when_it_was_made(self):
        self.write(line("share", 1))
        tail = Tail(self.path)
        self.write(line("share", 2) + line("success", 3))
        tail.read()
        self.assertEqual((tail.shares, tail.answers), (1, [3]))

    def test_takes_a_line_once_it_is_complete(self):
        tail, whole = Tail(self.path), line("success", 7)
        self.write(whole[:20])
        self.assertEqual(tail.read().answers, [])
        self.write(whole[20:])
        self.assertEqual(tail.read().answers, [7])
        self.assertEqual(tail.read().answers, [7])

    def test_counts_connections_losses_and_rejections(self):
        tail = Tail(self.path)
        self.write(line("connected", 1) + line("error", 2, error_code="stale-share")
                   + line("connection_lost", 3, reason="reset") + line("connected", 4))
        tail.read()
        self.assertEqual((tail.connections, tail.losses), (2, 1))
        self.assertEqual(tail.rejected, {"stale-share": 1})

    def test_finds_the_gaps_that_touch_a_span(self):
        tail = Tail(self.path)
        tail.answers = [0, 10, 1_500_010, 1_500_020]
        self.assertEqual(tail.gaps_touching(10, 20), [Gap(10, 1_500_010)])
        self.assertEqual(longest(tail.gaps_touching(0, 2_000_000)), 1.5)
        self.assertEqual(tail.gaps_touching(1_500_020, 2_000_000), [])


class Ports(unittest.TestCase):
    def test_two_pools_have_none_in_common(self):
        one, other = Layout(Path()), Layout(Path())
        self.addCleanup(one.close)
        self.addCleanup(other.close)
        self.assertGreaterEqual(abs(one.port_base - other.port_base), chaos_layout.STEP)
        self.assertEqual(one.port("a"), one.port("a"))
        self.assertNotEqual(one.port("a"), one.port("b"))
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((chaos_layout.HOST, one.port("b")))
            listener.listen(1)
            self.assertEqual(chaos_layout.ports_in_use(one), [one.port("b")])
        self.assertEqual(chaos_layout.ports_in_use(one), [])


class Judgement(unittest.TestCase):
    def problems(self, fault, **tail) -> list[str]:
        miner = SimpleNamespace(name="a miner", gateway="gateway-1", tail=SimpleNamespace(
            **{"losses": 0, "rejected": {}, **tail}))
        result = Round()
        chaos_round._check_miners(SimpleNamespace(miners=SimpleNamespace(all=[miner])), fault,
                                  result)
        return result.problems

    def test_a_miner_of_another_process_keeps_its_connection(self):
        fault = KillGateway(random.Random(1))
        fault.struck = ["gateway-1"]
        self.assertEqual(self.problems(fault, losses=1), [])
        fault.struck = ["gateway-2"]
        self.assertEqual(len(self.problems(fault, losses=1)), 1)
        self.assertEqual(len(self.problems(KillWorker(random.Random(1)), losses=1)), 1)

    def test_an_honest_miner_is_told_of_stale_shares_only(self):
        fault = KillWorker(random.Random(1))
        self.assertEqual(self.problems(fault, rejected={"stale-share": 3}), [])
        self.assertEqual(len(self.problems(fault, rejected={"duplicate-share": 1})), 1)

    def test_what_the_auditor_finds_fails_the_round(self):
        pool = SimpleNamespace(audit=lambda: (False, "I1 ...\nadit-auditor: FAILED, 1 violations"))
        disturb, chaos_round._disturb = chaos_round._disturb, lambda *_: None
        self.addCleanup(setattr, chaos_round, "_disturb", disturb)
        self.assertEqual(chaos_round.run_round(pool, None).problems,
                         ["adit-auditor: FAILED, 1 violations"])

    def test_what_does_not_come_back_fails_the_round(self):
        def disturb(*_):
            raise Failure("waited 60 s for gateway-1 to be back")

        before, chaos_round._disturb = chaos_round._disturb, disturb
        self.addCleanup(setattr, chaos_round, "_disturb", before)
        self.assertEqual(chaos_round.run_round(None, None).problems,
                         ["waited 60 s for gateway-1 to be back"])

    def test_the_limit_holds_on_top_of_what_the_machine_pauses_anyway(self):
        kind = chaos.Kind("worker", None)
        kind.rounds = [Round(pause_s=2.2, quiet_s=0.1), Round(pause_s=2.5, quiet_s=0.3)]
        self.assertEqual(kind.late(), ["worker 2 (2.50 s)"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
