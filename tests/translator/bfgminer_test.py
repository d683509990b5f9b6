#!/usr/bin/env python3
"""bfgminer, built with --enable-cpumining, through a translator. It tries TLS before
it speaks SV1, asks for a job's transactions, and has ids that are texts.

Usage: bfgminer_test.py FOLDER_OF_PROGRAMS

The program is the one that ADIT_BFGMINER names, or bfgminer on the PATH.
"""

import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import foreign_miner


class Bfgminer(foreign_miner.ForeignMiner):
    user = "erin.bfg"
    hash_rate = 1e5  # it gives way to every other process
    shares = 8
    options = ["-S", "cpu:auto", "--text-only", "--no-getwork", "--no-gbt"]
    # "Accepted a36195ac CPU 0  Diff 168/13"
    accepted = re.compile(r"Accepted ([0-9a-f]{8})")
    refused = re.compile(r"Rejected ([0-9a-f]{8})")
    trouble = re.compile(r".*(?:JSON|not responding|not alive|HW error|[Ii]nvalid).*")

    def test_mines_through_a_channel_of_its_own(self):
        self.check_layout("coinbase1")

    def test_mines_in_the_layout_of_the_specification(self):
        self.check_layout("extranonce1")

    def test_mines_through_a_channel_that_many_share(self):
        self.check_shared()


if __name__ == "__main__":
    foreign_miner.run("bfgminer", "ADIT_BFGMINER")
