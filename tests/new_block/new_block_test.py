#!/usr/bin/env python3
"""A new block of a Bitcoin Core reaches every miner: a job at once, then one with transactions.

Usage: new_block_test.py FOLDER_OF_PROGRAMS
"""

import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "tools" / "dev")]

import bench_templates
import bitcoin_core
import children

BINARIES = Path(sys.argv[1]).resolve()
MINERS, BLOCKS = 20, 5
SKIPPED = 77  # ctest's SKIP_RETURN_CODE


class NewBlock(unittest.TestCase):
    def test_reaches_every_miner_as_a_job_and_then_a_full_one(self):
        with tempfile.TemporaryDirectory(prefix="adit-new-block-") as name, \
                bitcoin_core.Node(Path(name)) as node:
            bench_templates.fill_mempool(node, 10)
            # Raises when a block is not told to all: a tip with its job, and transactions.
            early = bench_templates.measure(BINARIES, Path(name) / "early", node,
                                            {"long_poll": False}, BLOCKS, MINERS)
            self.assertTrue(all(job < full for job, full in
                                zip(early["job_last"], early["full_last"])), early)
            late = bench_templates.measure(BINARIES, Path(name) / "late", node,
                                           {"long_poll": False, "early_templates": False}, BLOCKS,
                                           MINERS)
            self.assertEqual(late["job_last"], late["full_last"])


if __name__ == "__main__":
    try:
        bitcoin_core.find()
    except bitcoin_core.Unavailable as reason:
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    children.adopt_orphans()
    try:
        tests = unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2, exit=False)
    finally:
        children.end_all()
    sys.exit(not tests.result.wasSuccessful())
