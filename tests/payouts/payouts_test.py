"""aditctl payouts against a computation of its own, by fractions, over the same exported files."""

import csv
import io
import json
import random
import subprocess
import sys
import tempfile
import unittest
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path

ADITCTL = sys.argv.pop(1)

UNIT = 0xFFFF << 240  # difficulty 1 in units of 2^-32, as a target
BEGIN = datetime(2026, 11, 25, tzinfo=timezone.utc)
DAY = ["--from", "2026-11-25", "--to", "2026-11-26"]
COIN = 100_000_000


def target_of(nbits: int) -> int:
    return (nbits & 0xFFFFFF) << 8 * ((nbits >> 24) - 3)


def time_text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def subsidy(height: int) -> int:
    return 50 * COIN >> height // 210_000


class Day:
    """A day of shares and blocks as an exporter and aditctl write them."""

    def __init__(self, seed: int, nbits=(0x1C00FFFF, 0x1C00D000), count=3000, difficulty_bits=70):
        self.random = random.Random(seed)
        self.shares, self.blocks = [], []
        at = BEGIN
        for i in range(count):
            at += timedelta(microseconds=self.random.randrange(2_000_000))
            self.shares.append(self.share(i, at, nbits[i * len(nbits) // count], difficulty_bits))
        for i, share in enumerate(self.random.sample(self.shares[count // 3:], 6)):
            share.update(solves_block=True, share_hash=f"{i + 1:064x}")
            self.blocks.append(self.block(share, ["confirmed", "in_chain", "orphaned", "accepted",
                                                  "rejected", "confirmed"][i]))

    def share(self, i: int, at: datetime, nbits: int, difficulty_bits: int) -> dict:
        accepted = self.random.random() > 0.1
        q32 = self.random.getrandbits(min(63, self.random.randrange(20, difficulty_bits)))
        return {"partition": self.random.randrange(4), "entry": f"{int(at.timestamp() * 1000) + 7}-0",
                "index": i % 200, "received_at": time_text(at),
                "identity": self.random.choice(["alice", "bob", 'eve,"x"', "zoë", ""]),
                "verdict": "accepted" if accepted else "rejected",
                "reason": None if accepted else "stale-share",
                "difficulty_q32": str(q32) if accepted else "0",
                "share_hash": f"{self.random.getrandbits(200):064x}", "solves_block": False,
                "height": 839_990 + i // 200, "network_target": f"{target_of(nbits):064x}"}

    def block(self, share: dict, state: str) -> dict:
        at = datetime.strptime(share["received_at"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(
            tzinfo=timezone.utc)
        return {"hash": share["share_hash"], "height": share["height"], "state": state,
                "value_sat": subsidy(share["height"]) + self.random.randrange(COIN),
                "found_us": int(at.timestamp() * 1_000_000) + 500}

    def write(self, folder: Path, form: str) -> list[str]:
        """In two files that overlap, in no order: a share counts once."""
        shares = self.shares[:]
        self.random.shuffle(shares)
        names = []
        for i, part in enumerate((shares[:2000], shares[1000:])):
            names.append(str(folder / f"{i}.{form}"))
            Path(names[-1]).write_text(self.text(part, form), encoding="utf-8", newline="")
        blocks = folder / "blocks.jsonl"
        blocks.write_text("".join(json.dumps(block) + "\n" for block in self.blocks))
        return ["--input", *names, "--blocks", str(blocks)]

    def text(self, shares: list[dict], form: str) -> str:
        if form == "jsonl":
            return "".join(json.dumps(share, ensure_ascii=False) + "\n" for share in shares)
        out = io.StringIO()
        writer = csv.DictWriter(out, list(shares[0]), lineterminator="\n")
        writer.writeheader()
        for share in shares:
            writer.writerow({**share, "solves_block": str(share["solves_block"]).lower()})
        return out.getvalue()

    def in_order(self) -> list[dict]:
        return sorted((s for s in self.shares if s["verdict"] == "accepted"),
                      key=lambda s: (s["received_at"], int(s["entry"].split("-")[0]),
                                     s["partition"], s["index"]))


def largest_remainders(total: int, scores: dict[str, int]) -> dict[str, int]:
    whole = sum(scores.values())
    if not whole:
        return {}
    exact = {name: Fraction(total * score, whole) for name, score in scores.items() if score}
    paid = {name: int(amount) for name, amount in exact.items()}
    order = sorted(exact, key=lambda name: (paid[name] - exact[name], name.encode()))
    for name in order[:total - sum(paid.values())]:
        paid[name] += 1
    return paid


def units(share: dict) -> int:
    return max(UNIT // int(share["network_target"], 16), 1)


def pplns(day: Day, block: dict, window: int, fee_bp: int):
    solving = next(s for s in day.shares if s["share_hash"] == block["hash"])
    key = lambda s: (s["received_at"], int(s["entry"].split("-")[0]), s["partition"], s["index"])
    left = window * units(solving)
    scores = defaultdict(int)
    for share in reversed([s for s in day.in_order() if key(s) <= key(solving)]):
        part = min(left, int(share["difficulty_q32"]))
        scores[share["identity"]] += part
        left -= part
        if not left:
            break
    fee = block["value_sat"] * fee_bp // 10_000
    return fee, largest_remainders(block["value_sat"] - fee, scores)


def fpps(day: Day, fee_bp: int):
    paying = [b for b in day.blocks if b["state"] in ("accepted", "in_chain", "confirmed")]
    fees = sum(b["value_sat"] - subsidy(b["height"]) for b in paying) // len(paying)
    groups = defaultdict(lambda: defaultdict(int))
    for share in day.in_order():
        groups[units(share), subsidy(share["height"]) + fees][share["identity"]] += int(
            share["difficulty_q32"])
    gross, fee, paid = 0, 0, defaultdict(int)
    for (difficulty, reward), scores in groups.items():
        worth = int(Fraction(reward * sum(scores.values()), difficulty))
        cut = worth * fee_bp // 10_000
        gross, fee = gross + worth, fee + cut
        for name, amount in largest_remainders(worth - cut, scores).items():
            paid[name] += amount
    return gross, fee, {name: sat for name, sat in paid.items() if sat}


class Payouts(unittest.TestCase):
    def run_aditctl(self, day: Day, form: str, *flags: str):
        with tempfile.TemporaryDirectory() as folder:
            said = subprocess.run([ADITCTL, "payouts", *DAY, *day.write(Path(folder), form), *flags],
                                  capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(said.returncode, 0, said.stderr)
        return said.stdout

    def test_pplns_agrees_with_fractions(self):
        for seed, form, window, fee in ((1, "jsonl", 2, 150), (2, "csv", 1, 0), (3, "jsonl", 7, 9_999)):
            with self.subTest(seed=seed):
                day = Day(seed)
                said = json.loads(self.run_aditctl(day, form, "--scheme", "pplns", "--window", str(window),
                                                   "--fee-bp", str(fee), "--output", "json"))
                self.assertEqual(len(said["blocks"]), len(day.blocks))
                known = {block["hash"]: block for block in day.blocks}
                totals = defaultdict(int)
                for block in said["blocks"]:
                    of = known[block["hash"]]
                    self.assertEqual(block["state"], of["state"])
                    self.assertEqual(block["is_mature"], of["state"] == "confirmed")
                    if of["state"] in ("orphaned", "rejected"):
                        self.assertEqual(block["reward_sat"], 0)
                        self.assertNotIn("payouts", block)
                        continue
                    fee_sat, paid = pplns(day, of, window, fee)
                    self.assertEqual(block["fee_sat"], fee_sat)
                    self.assertEqual({p["identity"]: p["sat"] for p in block["payouts"] if p["sat"]},
                                     {name: sat for name, sat in paid.items() if sat})
                    self.assertEqual(fee_sat + sum(p["sat"] for p in block["payouts"]) +
                                     block["unearned_sat"], of["value_sat"])
                    for name, sat in paid.items():
                        totals[name] += sat
                self.assertEqual({t["identity"]: t["mature_sat"] + t["immature_sat"]
                                  for t in said["totals"]},
                                 {name: sat for name, sat in totals.items() if sat})
                self.assertEqual(said["reward_sat"],
                                 sum(b["value_sat"] for b in day.blocks
                                     if b["state"] not in ("orphaned", "rejected")))

    def test_fpps_agrees_with_fractions(self):
        for seed, form, fee in ((4, "jsonl", 200), (5, "csv", 0)):
            with self.subTest(seed=seed):
                day = Day(seed)
                said = json.loads(self.run_aditctl(day, form, "--scheme", "fpps", "--fee-bp", str(fee),
                                                   "--output", "json"))
                gross, fee_sat, paid = fpps(day, fee)
                self.assertEqual(said["gross_sat"], gross)
                self.assertEqual(said["fee_sat"], fee_sat)
                self.assertEqual({t["identity"]: t["sat"] for t in said["totals"] if t["sat"]}, paid)
                self.assertEqual(sum(paid.values()) + fee_sat, gross)

    def test_mainnet_difficulty_does_not_overflow(self):
        day = Day(6, nbits=(0x17034219,))
        said = json.loads(self.run_aditctl(day, "jsonl", "--scheme", "pplns", "--output", "json"))
        for block in said["blocks"]:
            if "payouts" in block:
                fee_sat, paid = pplns(day, next(b for b in day.blocks if b["hash"] == block["hash"]), 2, 0)
                self.assertEqual({p["identity"]: p["sat"] for p in block["payouts"] if p["sat"]},
                                 {name: sat for name, sat in paid.items() if sat})

    def test_the_table_states_fee_and_reward(self):
        said = self.run_aditctl(Day(7), "jsonl", "--scheme", "pplns", "--fee-bp", "100")
        for word in ("alice", "fee 100 bp", "reward", "immature", "pays nothing"):
            self.assertIn(word, said)

    def test_wrong_input_names_file_and_line(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "bad.jsonl"
            file.write_text('{"entry":"17-0"}\n{"entry":"never"}\n')
            said = subprocess.run([ADITCTL, "payouts", "--scheme", "pplns", *DAY, "--input", str(file)],
                                  capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(said.returncode, 1)
            self.assertIn(f"{file}: line 2", said.stderr)
            said = subprocess.run([ADITCTL, "payouts", "--scheme", "pplns", *DAY, "--input",
                                   str(Path(folder) / "absent")],
                                  capture_output=True, text=True, timeout=60, check=False)
            self.assertIn("absent", said.stderr)


if __name__ == "__main__":
    unittest.main()
