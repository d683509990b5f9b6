"""The validator itself: the published shares, and that it does not agree with everything."""

import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "dev"))
sys.path.insert(0, str(ROOT / "tests" / "validator"))

import validate
import validator

P2WPKH_AND_COMMITMENT = ("0200f2052a01000000160014ebe1b7dcc293ccaa0ee743a86f89df8258c208fc"
                         "0000000000000000266a24aa21a9ede2f61c3f71d1defd3fa999dfa36953755c690689"
                         "799962b48bebd836974e8cf9")
NULL_INPUT = "0200000001" + "00" * 32 + "ffffffff"
# Shares A and B of the Rust reference libraries' tests: coinbase, prev_hash, nonce, hash as shown.
PUBLISHED = [
    (NULL_INPUT + "2a5200065376322f2f2f20" + "00" * 23 + "01" + "0100000000000000" + "ffffffff"
     + P2WPKH_AND_COMMITMENT + "00000000",
     "17cd48869956dc99e01cd892e478e39dd563a0a3803b8bbe9e3e000000000000", 16647,
     "000054cc966c174fc21b056b994c0aa265c40126222040984f571230b9adde1f"),
    (NULL_INPUT + "2c029f0000065376322f2f2f20"
     + "5374726174756d2056322053524920506f6f6c00000000000000000000000001" + "feffffff"
     + P2WPKH_AND_COMMITMENT + "9e000000",
     "9a7cefe7dd7aa0ada4af57214ad6bf6b492200a2e3102c282149000000000000", 92092,
     "0000545efd44aa70bc49d037df93ba3e51ec5937f72a28f9d3c15d8f17c1194e"),
]


def scene() -> dict:
    """One share that counts, on a path of one node, with a verdict of two that lie."""
    share = {"nonce": 1, "ntime": 1000, "version": 0x20000000, "extranonce": "0102",
             "state": "active", "received_at_us": 1_000_000_000}
    return {
        "template": {"ref": "0000000000000001", "prev_hash": "11" * 32, "nbits": 0x207FFFFF,
                     "min_ntime": 1000, "network_target": "00" * 32, "version": 0x20000000,
                     "coinbase_tx_version": 2, "coinbase_prefix": "5101",
                     "coinbase_tx_input_sequence": 0, "coinbase_tx_value_remaining": 9_999,
                     "coinbase_tx_outputs": "", "coinbase_tx_outputs_count": 0,
                     "coinbase_tx_locktime": 0, "merkle_path": ["22" * 32]},
        "payout": {"outputs": [["51", 3_333], ["52", 6_667]], "pool_tag": "2f61646974"},
        "job": {"variant": 0, "extranonce_size": 2, "extranonce_prefix": "aa" * 8,
                "target": "ff" * 32, "version_rolling_allowed": True},
        "shares": [share],
    }


class Validator(unittest.TestCase):
    def test_reproduces_the_published_shares(self):
        for coinbase, prev_hash, nonce, shown in PUBLISHED:
            root = validator.merkle_root(bytes.fromhex(coinbase), [])
            made = validator.header(0x20000000, bytes.fromhex(prev_hash), root, 1745611105,
                                    0x1B00D7C0, nonce)
            self.assertEqual(validator.sha256d(made)[::-1].hex(), shown)

    def test_knows_the_coinbase_byte_by_byte(self):
        of = scene()
        before, behind = validator.coinbase_around(of["template"], of["payout"], of["job"])
        self.assertEqual(
            before.hex(), "0200000001" + "00" * 32 + "ffffffff" + "1d" + "5101" + "052f61646974"
            + "14" + "0000000000000001" + "0000")
        self.assertEqual(before[41], len(before) - 42 + 10)
        # 3,333 of 10,000 are 3332.66, and 6,667 are 6666.33: the first has what is left.
        self.assertEqual(behind.hex(), "00000000" + "02" + "050d000000000000" + "0151"
                         + "0a1a000000000000" + "0152" + "00000000")

    def test_counts_difficulty_in_fixed_point(self):
        self.assertEqual(validator.difficulty_q32(validator.D1), 1 << 32)
        self.assertEqual(validator.difficulty_q32(0x7FFF80 << 192), 512 << 32)
        self.assertEqual(validator.difficulty_q32(1), 2**64 - 1)
        self.assertEqual(validator.difficulty_q32(0), 2**64 - 1)
        self.assertEqual(validator.difficulty_q32(2**256 - 1), 0)

    def test_reports_what_differs_and_only_that(self):
        of = scene()
        right = validator.Job(of).judge(of["shares"][0])
        self.assertEqual(right["verdict"], "accepted")
        of["shares"][0].update(judge=right, batch_judge=dict(right))
        self.assertEqual(validate.compare(of), [])
        for who in ("judge", "batch_judge"):
            for field, wrong in (("verdict", "stale-share"), ("hash", "00" * 32),
                                 ("difficulty_q32", 1), ("solves_block", True)):
                of["shares"][0].update(judge=dict(right), batch_judge=dict(right))
                of["shares"][0][who][field] = wrong
                found = validate.compare(of)
                self.assertEqual(len(found), 1)
                self.assertIn(f"{who}: {field}", found[0])


if __name__ == "__main__":
    unittest.main()
