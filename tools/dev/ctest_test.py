#!/usr/bin/env python3
"""How ./dev test runs what failed once more: what it decides, and what a real ctest makes of it."""

import contextlib
import io
import tempfile
import unittest
from pathlib import Path

import ctest
from console import Failure


class Decisions(unittest.TestCase):
    def test_runs_a_few_integration_tests_again_and_nothing_else(self):
        def again(kind: str, failed: int, **more) -> int:
            names = [f"t{number}" for number in range(failed)]
            return len(ctest.to_run_again(ctest.Outcome(kind, failed=names, **more)))

        self.assertEqual([again("integration", count) for count in (0, 1, 5, 6)], [0, 1, 5, 0])
        for kind in ("unit", "conformance", "fuzz", "simulation", "other"):
            self.assertEqual(again(kind, 1), 0, kind)
        self.assertEqual(again("integration", 1, is_ctest_broken=True), 0)

    def test_selects_those_tests_by_their_whole_names(self):
        self.assertEqual(ctest.only(["a-b", "C.d/0"]), r"^(a-b|C\.d/0)$")

    def test_says_who_passed_only_the_second_time(self):
        first = ctest.Outcome("integration", passed=7, failed=["a", "b", "c"], seconds=60)
        # One that is skipped then, or not found, has not passed.
        second = ctest.read_junit(
            '<testsuite><testcase name="a" status="run"/><testcase name="b" status="fail"/>'
            '<testcase name="c" status="notrun"/></testsuite>', "integration")
        both = ctest.with_second_run(first, second)
        self.assertEqual((both.passed, both.failed, both.passed_again), (8, ["b", "c"], ["a"]))
        self.assertEqual(ctest.said_of_second_runs([first, both]),
                         ["passed only when run again, alone: a"])
        self.assertEqual(ctest.said_of_second_runs([first]), [])


class SecondRun(unittest.TestCase):
    def run_tests(self, folder: Path, commands: dict[str, str]) -> tuple[str, str]:
        """The result's text, or the failure's, and all that was said."""
        lines = []
        for name, command in commands.items():
            lines += [f'add_test({name} "/bin/sh" "-c" "{command}")',
                      f"set_tests_properties({name} PROPERTIES LABELS integration)"]
        (folder / "CTestTestfile.cmake").write_text("\n".join(lines) + "\n")
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            try:
                result = ctest.run(folder)
            except Failure as failure:
                result = str(failure)
        return result, said.getvalue()

    def test_is_told_of_and_decides(self):
        passes_again = "test -e once || { touch once; echo the first time; exit 1; }"
        with tempfile.TemporaryDirectory() as folder:
            result, said = self.run_tests(Path(folder), {"good": "true", "late": passes_again})
        self.assertEqual(result, "2 tests passed, 0 skipped; "
                                 "passed only when run again, alone: late")
        self.assertIn("the first time", said)
        self.assertIn("-- passed only when run again, alone: late", said)
        self.assertIn("50% tests passed, 1 tests failed out of 2", said)

        with tempfile.TemporaryDirectory() as folder:
            result, said = self.run_tests(Path(folder), {
                "good": "true", "late": passes_again, "bad": "echo as before; false"})
        self.assertEqual(result, "1 of 3 tests failed: bad")
        self.assertIn("-- passed only when run again, alone: late", said)
        self.assertEqual(said.count("as before"), 2)

        with tempfile.TemporaryDirectory() as folder:
            result, said = self.run_tests(Path(folder), {f"bad-{i}": "false" for i in range(6)})
        self.assertTrue(result.startswith("6 of 6 tests failed: "), result)
        self.assertNotIn("again", said)


if __name__ == "__main__":
    unittest.main()
