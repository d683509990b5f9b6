#!/usr/bin/env python3
"""./dev chaos: what it reads in journals, and what it takes for a failure."""

import random
import socket
import sys
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import chaos_disk
import chaos_layout
import chaos_report
import chaos_round
import chaos_run
from chaos_faults import KillGateway, KillWorker
from chaos_journal import Block, Gap, Tail, longest, network_target
from chaos_layout import Layout
from chaos_node_faults import KillNode, Reorganise, StopNode
from chaos_report import Figures, Finding, Report
from chaos_round import Round
from chaos_storm import GROUPS, Storm
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

    def share(self, hash_: str, sequence: int, prev: str = "00" * 32, time_us: int = 1) -> str:
        header = "00000020" + prev + "11" * 32 + "00000000" + "ffff001e" + "00000000"
        return (f'{{"event":"share","time_us":{time_us},"connection":1,"channel":0,"channel_id":2,'
                f'"sequence_number":{sequence},"job_id":1,"nonce":0,"ntime":0,"version":0,'
                f'"extranonce_prefix":"","extranonce":"","header":"{header}","hash":"{hash_}",'
                '"target":"ff"}\n')

    def test_knows_the_blocks_that_were_answered(self):
        found, missed = "000000fe" + "ff" * 28, "000000ff" + "ff" * 28
        self.assertEqual(network_target(0x1e00ffff), 0xffff << 216)
        tail = Tail(self.path)
        self.write(self.share(found, 1, prev="01" + "00" * 31) + self.share(missed, 2) + self.share(found, 3)
                   + self.share(found, 4) + self.share(found, 5)
                   + '{"event":"success","time_us":2,"connection":1,"channel_id":2,'
                     '"last_sequence_number":3,"count":3,"sum":3}\n'
                     '{"event":"error","time_us":2,"connection":1,"channel_id":2,'
                     '"sequence_number":5,"error_code":"stale-share"}\n')
        tail.read()
        self.assertEqual([block.sequence for block in tail.blocks], [1, 3, 4, 5])
        self.assertEqual(tail.blocks[0].parent, "00" * 31 + "01")
        self.assertEqual([block.sequence for block in tail.answered_blocks()], [1, 3, 5])
        self.assertEqual([tail.is_refused(block) for block in tail.blocks],
                         [False, False, False, True])

    def test_knows_how_long_each_share_waited(self):
        """Also where a miner is answered now and then, each time for the oldest of many shares."""
        tail, second = Tail(self.path), 1_000_000

        def answer(event: str, key: str, sequence: int, time_us: int) -> str:
            return (f'{{"event":"{event}","time_us":{time_us},"connection":1,"channel_id":2,'
                    f'"{key}":{sequence}}}\n')
        for sequence in range(1, 6):
            self.write(self.share("ff" * 32, sequence, time_us=sequence * second))
        tail.read()
        self.write(answer("success", "last_sequence_number", 2, 6 * second)
                   + answer("error", "sequence_number", 4, 7 * second))
        tail.read()
        self.write(answer("success", "last_sequence_number", 5, 5 * second + 99_999))
        tail.read()
        self.assertEqual(tail.waits, [Gap(second, 6 * second), Gap(2 * second, 6 * second),
                                      Gap(4 * second, 7 * second), Gap(3 * second, 5_099_999)])
        self.assertEqual(tail.waits_touching(0, 2 * second), [Gap(second, 6 * second)])
        self.assertEqual(tail.waits_touching(6 * second, 9 * second), [Gap(4 * second, 7 * second)])

    def test_knows_what_the_newest_share_builds_on(self):
        tail = Tail(self.path)
        self.write(self.share("ff" * 32, 1) + self.share("ff" * 32, 2, "0a" + "00" * 31))
        self.assertEqual(tail.read().prev_hash, "00" * 31 + "0a")

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
        pool = SimpleNamespace(node=None, audit=lambda: (False, "I1 ...\nadit-auditor: FAILED, 1 violations"))
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
        kind = chaos_run.Kind("worker", None)
        kind.rounds = [Round(pause_s=2.2, quiet_s=0.1), Round(pause_s=2.5, quiet_s=0.3)]
        self.assertEqual(kind.late(), [(2, kind.rounds[1])])

    def test_a_block_that_was_answered_is_at_the_node(self):
        before, chaos_round.BLOCKS_WITHIN_S = chaos_round.BLOCKS_WITHIN_S, 0
        self.addCleanup(setattr, chaos_round, "BLOCKS_WITHIN_S", before)
        # With so many confirmations of the one before; the node has only the first.
        blocks = {"aa": 9, "accepted": 9, "late": 3, "too late": 4, "of no chain": -1}
        refused = {"late", "too late", "of no chain"}
        tail = SimpleNamespace(
            answered_blocks=lambda: [Block(name, (b"1", b"2"), 3, f"before {name}")
                                     for name in blocks],
            is_refused=lambda block: block.hash in refused)
        pool = SimpleNamespace(
            node=SimpleNamespace(has=lambda block: block == "aa",
                                 confirmations=lambda block: blocks[block[len("before "):]]),
            miners=SimpleNamespace(all=[SimpleNamespace(name="a miner", tail=tail)]))
        result = Round()
        chaos_round._check_blocks(pool, KillWorker(random.Random(1)), result)
        self.assertEqual(result.blocks, len(blocks))
        self.assertEqual(result.problems,
                         [f"I6 the block {name} of a miner was answered and is not at the node"
                          for name in ("accepted", "late", "of no chain")])


class Storms(unittest.TestCase):
    def test_have_two_or_three_faults_that_do_not_meet(self):
        seen = set()
        for seed in range(200):
            faults = Storm(random.Random(seed))._faults
            groups = [index for fault in faults for index, group in enumerate(GROUPS)
                      if type(fault) in group]
            self.assertIn(len(faults), (2, 3))
            self.assertEqual(len(set(groups)), len(faults))
            seen.update(map(type, faults))
        self.assertEqual(seen, {kind for group in GROUPS for kind in group})

    def test_strike_the_replica_that_leads_while_one_can(self):
        nodes = (KillNode, StopNode, Reorganise)
        for seed in range(200):
            struck = []
            storm = Storm(random.Random(seed))
            for fault in storm._faults:
                fault.strike = lambda _, kind=type(fault): struck.append(kind)
            with mock.patch("time.sleep"):
                storm.strike(mock.Mock())
            self.assertEqual(len(struck), len(storm._faults))
            self.assertFalse(any(kind in nodes for kind in struck[:-1]), struck)

    def test_are_the_same_for_the_same_seed(self):
        self.assertEqual(*([type(fault) for fault in Storm(random.Random(7))._faults]
                           for _ in range(2)))


def figures(**more) -> Figures:
    return Figures(**{"kind": "worker", "what": "kill -9", "rounds": 4, "failed": 0,
                      "shares": 12345, "blocks": 6, "limit_s": 2.0, "over": 0,
                      "pause_s": (0.5, 1.0), "quiet_s": (0.1, 0.2), **more})


def report(**more) -> Report:
    return Report(**{"command": "./dev chaos --for 1h", "seed": 7, "seconds": 3600.0,
                     "loads": [3.0, 12.0], "share_rate": 1000.0, "figures": [figures()], **more})


class Reports(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.file = Path(scratch.name) / "document.md"

    def test_say_what_was_done_and_on_what(self):
        said = chaos_report.section(report(skipped={"core-reorg": "no Bitcoin Core"}))
        for part in ("./dev chaos --for 1h`, seed 7", "load 3 to 12", "1:00:00", "all clean",
                     "| `worker`: kill -9 | 4 | 0 | 12,345 | 6 | 0.50 s | 1.00 s | 2 s |",
                     "- `core-reorg`: no Bitcoin Core"):
            self.assertIn(part, said)

    def test_list_what_failed_and_where_its_logs_are(self):
        logs = chaos_report.cmake.ROOT / "var" / "chaos-7" / "worker-3"
        bad = report(failed=[Finding("worker", 3, "I1 ...", logs)],
                     late=[Finding("redis", 1, "a pause of 9.00 s")], missed=["canary-wait"],
                     canaries={"canary-wait": "0 lost"})
        said = chaos_report.section(bad)
        for part in ("1 rounds failed, 1 were too late, 1 canaries were missed",
                     "- `worker`, round 3: I1 ... (`var/chaos-7/worker-3`)",
                     "- `redis`, round 1: a pause of 9.00 s", "`canary-wait` NOT CAUGHT"):
            self.assertIn(part, said)
        self.assertIn("failed: worker 3; too late: redis 1 (a pause of 9.00 s); "
                      "not caught: canary-wait", bad.problem())
        self.assertEqual(report().problem(), "")

    def test_go_between_the_markers_of_a_document(self):
        begin, end = chaos_report.BEGIN, chaos_report.END
        self.file.write_text(f"before\n{begin}\nold\n{end}\nafter\n")
        for _ in range(2):
            chaos_report.write(self.file, report())
            text = self.file.read_text()
            self.assertTrue(text.startswith(f"before\n{begin}\nOf "))
            self.assertTrue(text.endswith(f"{end}\nafter\n"))
            self.assertNotIn("old", text)

    def test_make_a_file_that_is_not_there_and_refuse_one_without_markers(self):
        chaos_report.check(self.file)
        chaos_report.write(self.file, report())
        chaos_report.check(self.file)
        self.file.write_text("a document")
        with self.assertRaisesRegex(Failure, "no lines"):
            chaos_report.check(self.file)
        with self.assertRaisesRegex(Failure, "no folder"):
            chaos_report.check(self.file / "nowhere" / "report.md")


class Disks(unittest.TestCase):
    def test_nothing_is_released_where_nothing_is_mounted(self):
        with tempfile.TemporaryDirectory() as folder:
            chaos_disk.release_under(Path(folder))
            self.assertEqual(list(Path(folder).iterdir()), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
