"""What ./dev sim decides, without a simulation."""

import unittest

import sim

OUTPUT = """seed 1 ok 0123456789abcdef 100 events
seed 2 FAILED 0123456789abcdef 90 events
   1.000000 gateway-0: killed
seed 2: I3 violated: credited twice
seed 2: I1 violated: not there
again, with all of its trace: pool_simulation --seed 2 --for 60 --trace
seed 3 ok 0123456789abcdef 100 events
seed 4 FAILED 0123456789abcdef 90 events
seed 4: I8 violated: an old tip
pool_simulation: FAILED
"""


class Ranges(unittest.TestCase):
    def test_covers_each_seed_once(self):
        seeds = [seed for first, last in sim.ranges(7, 45, 20) for seed in range(first, last + 1)]
        self.assertEqual(seeds, list(range(7, 52)))

    def test_gives_a_process_no_more_than_is_left(self):
        self.assertEqual(sim.ranges(1, 3, 20), [(1, 3)])
        self.assertEqual(sim.ranges(1, 20, 20), [(1, 20)])


class Failures(unittest.TestCase):
    def test_each_has_its_lines_and_first_invariant(self):
        failures = sim.failures_in(OUTPUT)
        self.assertEqual([(one.seed, one.invariant) for one in failures], [(2, "I3"), (4, "I8")])
        self.assertIn("gateway-0: killed", failures[0].output)
        self.assertNotIn("I8", failures[0].output)

    def test_there_are_none_where_all_is_well(self):
        self.assertEqual(sim.failures_in("seed 1 ok 00 1 events\npool_simulation: ok, 1 seeds\n"),
                         [])


if __name__ == "__main__":
    unittest.main()
