#!/usr/bin/env python3
"""minerd (pooler/cpuminer) through a translator.

Usage: minerd_test.py FOLDER_OF_PROGRAMS

The program is the one that ADIT_MINERD names, or minerd on the PATH.
"""

import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import foreign_miner


class Minerd(foreign_miner.ForeignMiner):
    user = "dave.minerd"
    hash_rate = 5e6
    shares = 30
    options = ["-a", "sha256d", "-t", "1", "-R", "1"]
    # "accepted: 3/4 (75.00%), 1234 khash/s (booooo)"
    accepted = re.compile(r"accepted: (\d+/\d+) .*yay")
    refused = re.compile(r"accepted: (\d+/\d+) .*booooo")
    trouble = re.compile(r".*(?:JSON|failed|timed out|[Ii]nvalid|interrupted|error).*")

    def test_mines_through_a_channel_of_its_own(self):
        self.check_layout("coinbase1")

    def test_mines_in_the_layout_of_the_specification(self):
        self.check_layout("extranonce1")

    def test_mines_through_a_channel_that_many_share(self):
        self.check_shared()


if __name__ == "__main__":
    foreign_miner.run("minerd", "ADIT_MINERD")
