#!/usr/bin/env python3
"""A new block of a Bitcoin Core reaches every miner: a job at once, then one with transactions. One of
the development node does so too, with all it has at once.

Usage: new_block_test.py FOLDER_OF_PROGRAMS
"""

import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "tools" / "dev")]

import bench_pool_events
import bench_templates
import bitcoin_core
import children
from small_pool import SmallPool

BINARIES = Path(sys.argv[1]).resolve()
MINERS, BLOCKS = 20, 5


def has_core() -> bool:
    try:
        bitcoin_core.find()
        return True
    except bitcoin_core.Unavailable:
        return False


class NewBlock(unittest.TestCase):
    def test_of_the_development_node_reaches_every_miner(self):
        with tempfile.TemporaryDirectory(prefix="adit-new-block-") as name, \
                bench_pool_events.DevelopmentNode(BINARIES, Path(name), 10) as node, \
                SmallPool(BINARIES, Path(name), nodes=[node.table()]) as pool:
            # Raises when a block is not announced, or not told to all.
            found = bench_pool_events.new_blocks(BINARIES, pool, node, MINERS, BLOCKS)
            self.assertEqual(len(found["last"]), BLOCKS)
            self.assertTrue(all(first <= last for first, last in
                                zip(found["first"], found["last"])), found)

    @unittest.skipUnless(has_core(), "no Bitcoin Core")
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
    children.adopt_orphans()
    try:
        tests = unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2, exit=False)
    finally:
        children.end_all()
    sys.exit(not tests.result.wasSuccessful())
