#!/usr/bin/env python3
"""What ./dev fuzz makes of a fuzzer's words, with a script in the fuzzer's place."""

import contextlib
import io
import tempfile
import unittest
from pathlib import Path

import fuzz


class Fuzzer(unittest.TestCase):
    def run_script(self, body: str) -> fuzz.Outcome:
        with tempfile.TemporaryDirectory() as folder:
            work = Path(folder)
            program = work / "fuzz_x"
            program.write_text("#!/bin/sh\n" + body)
            program.chmod(0o755)
            with contextlib.redirect_stdout(io.StringIO()) as out:
                outcome = fuzz.run_target(program, "x", work, work / "var", 1)
            self.said = out.getvalue()
            return outcome

    def test_a_quiet_run_is_counted(self):
        outcome = self.run_script("echo '#2 INITED cov: 10 ft: 11'\n"
                                  "echo '#4096 pulse  cov: 37 ft: 99'\n"
                                  "echo 'stat::number_of_executed_units: 5000'\n")
        self.assertEqual((outcome.executions, outcome.covered, outcome.status), (5000, 37, 0))
        self.assertIn("no finding", outcome.line())
        self.assertNotIn("INITED", self.said)

    def test_a_finding_names_its_input_and_shows_why(self):
        outcome = self.run_script("echo '#9 NEW cov: 3'\necho 'broken: some claim'\n"
                                  "echo 'artifact_prefix=x; Test unit written to /v/x-crash-1'\n"
                                  "exit 77\n")
        self.assertEqual(outcome.status, 77)
        self.assertEqual(outcome.finding, "/v/x-crash-1")
        self.assertIn("FINDING: /v/x-crash-1", outcome.line())
        self.assertIn("broken: some claim", self.said)

    def test_a_fuzzer_that_does_not_run_is_no_success(self):
        outcome = self.run_script("exit 1\n")
        self.assertEqual(outcome.status, 1)
        self.assertNotIn("no finding", outcome.line())


class Targets(unittest.TestCase):
    def test_are_nine_at_most_and_each_has_a_corpus(self):
        self.assertIn("frame", fuzz.targets())
        self.assertLessEqual(len(fuzz.targets()), 9)
        for target in fuzz.targets():
            self.assertTrue(list((fuzz.SOURCES / "corpus" / target).glob("seed-*")), target)


if __name__ == "__main__":
    unittest.main()
