#!/usr/bin/env python3
"""./dev soak: what it takes for a failure, on made-up runs."""

import copy
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import soak
import soak_judge
from soak_judge import HASHES_OF_DIFFICULTY_1, judge, slope_growth
from soak_pool import Kill, Sample

KILLS = [Kill(("gateway-1",), 40_000_000, 43_000_000), Kill(("gateway-1",), 80_000_000, 84_000_000)]
MIB = 1 << 20


def miner(name: str = "soak.1", **more) -> dict:
    ideal = 600 / HASHES_OF_DIFFICULTY_1  # of 600 hashes a second at 60 shares a minute
    return {"name": name, "steady": True, "hash_rate": 600, "lost": 0, "target_changes": 3, "target_changes_away": 0,
            "last_difficulty": ideal, "accepted_s_ago": 0.5, "seconds": 120,
            "gaps": [], **more}


def gap(from_s: float, to_s: float, kind: str = "answer") -> dict:
    return {"kind": kind, "from_us": from_s * 1e6, "to_us": to_s * 1e6}


def summary(**more) -> dict:
    times = {"count": 100, "p50": 1000, "p99": 5000, "p999": 9000, "max": 9000}
    return {"seconds": 140, "shares": {"honest": {"submitted": 1000, "accepted": 990, "rejected": 10, "unknown": 0,
                                  "waiting": 0, "rejected_by_code": {"21": 10}},
                       "duplicate": {"accepted": 0}, "wrong_worker": {"accepted": 0}},
            "answer_us": times, "new_block_us": times, "odd": {},
            "hostile": {"floods": {"lines": 5, "connections": 1, "closed": 1}},
            "miners": [miner()], **more}


def samples(grows: int = 0, opens: int = 0) -> list[Sample]:
    return [Sample(at, 30 * MIB + grows * at, 100 + opens * at // 10, at / 100)
            for at in range(120)]


class Judgement(unittest.TestCase):
    def problems(self, run: dict | None = None, of: list[Sample] | None = None) -> str:
        verdict = judge(run or summary(), of or samples(), KILLS, spare=5)
        return "; ".join(verdict.problems)

    def honest(self, **more) -> dict:
        run = copy.deepcopy(summary())
        run["shares"]["honest"].update(more)
        return run

    def test_a_good_run_has_no_problems(self):
        self.assertEqual(self.problems(), "")

    def test_a_gap_over_five_seconds_apart_from_kills(self):
        self.assertEqual(self.problems(summary(miners=[miner(gaps=[gap(10, 14.9)])])), "")
        self.assertIn("1 gaps over 5 s", self.problems(summary(miners=[miner(gaps=[gap(10, 15.1)])])))
        self.assertIn("without an accepted share at soak.1",
                      self.problems(summary(miners=[miner(gaps=[gap(10, 30, "refused")])])))

    def test_a_gap_of_a_kill_is_excused_and_no_longer_one(self):
        self.assertEqual(self.problems(summary(miners=[miner(gaps=[gap(39, 50)])])), "")
        self.assertIn("gaps over", self.problems(summary(miners=[miner(gaps=[gap(39, 60)])])))
        self.assertIn("gaps over", self.problems(summary(miners=[miner(gaps=[gap(30, 50)])])))

    def test_honest_shares_are_told_of_stale_ones_only_and_of_few(self):
        self.assertIn("code 23 1 times", self.problems(self.honest(rejected_by_code={"23": 1})))
        self.assertIn("were stale", self.problems(self.honest(rejected_by_code={"21": 101})))
        self.assertEqual(self.problems(self.honest(rejected_by_code={"21": 99})), "",
                         "no pool was there for 5 % of the time")
        self.assertIn("2 shares had no answer", self.problems(self.honest(waiting=2)))
        self.assertIn("not one share", self.problems(self.honest(accepted=0)))

    def test_bad_shares_must_not_be_accepted(self):
        run = summary()
        run["shares"]["duplicate"]["accepted"] = 1
        self.assertIn("1 shares of kind duplicate were accepted", self.problems(run))

    def test_every_miner_goes_on_to_the_end(self):
        self.assertIn("soak.2 (never)",
                      self.problems(summary(miners=[miner(), miner("soak.2", accepted_s_ago=None)])))
        self.assertEqual(self.problems(summary(miners=[miner(accepted_s_ago=18)])), "")
        self.assertIn("soak.1 (20 s ago)", self.problems(summary(miners=[miner(accepted_s_ago=20)])))
        slow = miner(accepted_s_ago=20, last_difficulty=2 * miner()["last_difficulty"])
        self.assertEqual(self.problems(summary(miners=[slow])), "", "it finds one in two seconds")

    def test_who_comes_and_goes_is_not_asked_to_go_on(self):
        run = summary(miners=[miner(), miner("soak.9", steady=False, accepted_s_ago=None, lost=9)])
        self.assertEqual(self.problems(run), "")

    def test_a_miner_loses_no_more_connections_than_kills_cost(self):
        self.assertEqual(self.problems(summary(miners=[miner(lost=4)])), "")
        self.assertIn("lost their connection", self.problems(summary(miners=[miner(lost=5)])))

    def test_targets_move_and_not_for_the_worse(self):
        self.assertIn("of 0 of 1 miners only", self.problems(summary(miners=[
            miner(target_changes=0)])))
        self.assertIn("of 3 changes of a difficulty 1 were for the worse",
                      self.problems(summary(miners=[miner(target_changes_away=1)])))

    def test_memory_and_descriptors_are_flat(self):
        self.assertEqual(self.problems(of=samples(grows=MIB // 100)), "")
        self.assertIn("memory grew by 7.9 MiB", self.problems(of=samples(grows=MIB // 10)))
        self.assertIn("descriptors grew from", self.problems(of=samples(opens=10)))

    def test_what_a_pool_should_not_do_fails_the_run(self):
        self.assertIn("a line that is not SV1 (3)",
                      self.problems(summary(odd={"a line that is not SV1": 3})))

    def test_a_line_through_points(self):
        self.assertAlmostEqual(slope_growth([(0, 1), (1, 3), (2, 5)]), 4)
        self.assertEqual(slope_growth([(1, 5), (1, 7), (1, 9)]), 0)


class Words(unittest.TestCase):
    def test_a_few_violations_are_enough(self):
        said = [f"I1 share {i} is gone" for i in range(9)] + ["ledger: 0 shares", "FAILED"]
        self.assertEqual(soak.shortened("\n".join(said)), said[:5] + said[9:])


class Load(unittest.TestCase):
    def test_many_miners_find_fewer_shares_each(self):
        self.assertEqual(soak.shares_per_minute(10), 60)
        self.assertEqual(soak.shares_per_minute(1000), 15)
        self.assertLessEqual(soak.shares_per_minute(10_000) * 10_000 / 60,
                             soak.SHARES_PER_SECOND_MAX)


if __name__ == "__main__":
    unittest.main(verbosity=2)
