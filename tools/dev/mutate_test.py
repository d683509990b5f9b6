#!/usr/bin/env python3
"""What ./dev mutate changes in a text, and what it makes of what the tests say."""

import contextlib
import io
import tempfile
import unittest
from pathlib import Path

import mutate
import mutate_build
import mutate_report
import mutate_tests
from mutate_operators import mutants_of
from mutate_tokens import tokens_of


def changes(text: str, path: str = "x.cpp") -> list[str]:
    return [mutant.apply(text) for mutant in mutants_of(path, text)]


def body(statements: str) -> str:
    return "void f(int a, int b) { " + statements + " }"


class Tokens(unittest.TestCase):
    def test_comments_and_the_preprocessor_are_no_code(self):
        texts = [token.text for token in tokens_of("a // b < c\n#if 1 < 2\n/* d */ e", False)]
        self.assertEqual(texts, ["a", "e"])

    def test_strings_are_one_token(self):
        for text, is_lua in ((r'"a < \" b"', False), ('R"x(a < ")x"', False), ("'<'", False),
                             ("'a < b'", True), ("[[a < b]]", True)):
            self.assertEqual([t.kind for t in tokens_of(text, is_lua)], ["string"], text)

    def test_numbers_may_have_marks_in_them(self):
        self.assertEqual([t.text for t in tokens_of("1'000 0x1fU 5ms", False)],
                         ["1'000", "0x1fU", "5ms"])


class Cpp(unittest.TestCase):
    def assert_changes(self, statements: str, *expected: str):
        self.assertEqual(sorted(changes(body(statements))), sorted(body(e) for e in expected))

    def test_relations_move_their_boundary(self):
        self.assert_changes("return a < b;", "return a <= b;")
        self.assert_changes("return a == b;", "return a != b;")

    def test_templates_pointers_and_references_are_not_operators(self):
        self.assertEqual(changes("std::vector<std::vector<X>> a; const X* b; auto&& c = d;"), [])
        self.assertEqual(changes("template <class T> struct X {};"), [])

    def test_conditions_are_negated_once(self):
        self.assert_changes("if (a && b) return;", "if (!(a && b)) return;", "if (a || b) return;",
                            "if (a && b) ;")
        self.assert_changes("if (!a) return;", "if (a) return;", "if (!a) ;")
        self.assert_changes("if (a != b) return;", "if (a == b) return;", "if (a != b) ;")

    def test_of_a_condition_with_a_declaration_only_what_is_asked_is_negated(self):
        self.assert_changes("if (auto c = g(); c.h()) return;", "if (auto c = g(); !(c.h())) return;",
                            "if (auto c = g(); c.h()) ;")
        self.assert_changes("if (auto c = g()) return;", "if (auto c = g()) ;")

    def test_statements_are_left_out_and_declarations_are_not(self):
        self.assert_changes("g(a); std::vector<int> c; int d{}; h.i(c);",
                            "; std::vector<int> c; int d{}; h.i(c);",
                            "g(a); std::vector<int> c; int d{}; ;")

    def test_a_return_is_left_out_where_it_goes_on_behind_it(self):
        self.assert_changes("if (a) return g(); return h();", "if (!(a)) return g(); return h();",
                            "if (a) ; return h();")

    def test_what_is_said_to_people_stays(self):
        self.assert_changes('base::log_info("x"); base::ensure(a, "y");')

    def test_what_a_lambda_does_is_left_out_too(self):
        self.assertIn("auto f = [&] { ; };", changes("auto f = [&] { g(); };"))

    def test_values_in_braces_are_no_statements(self):
        self.assertEqual(changes("X f() { return X{g(a), h(b)}; }"), [])

    def test_branches_are_swapped(self):
        self.assert_changes("return a ? b : c;", "return a ? c : b;")

    def test_constants_move_by_one_and_durations_by_more(self):
        self.assert_changes("g = 1'000;", "g = 1001;", "g = 999;", ";")
        self.assertIn(body("g = 0x10U;"), changes(body("g = 0xfU;")))
        self.assertIn(body("g = 15ms;"), changes(body("g = 5ms;")))

    def test_planted_faults_and_static_assertions_are_passed_over(self):
        self.assertEqual(changes(body("if (base::is_planted(base::Fault::x)) return;")), [])
        planted = "if (base::is_planted(base::Fault::x) && a ==\n b)\n return 1;\n"
        self.assertEqual(changes(body(planted + "return a;")), [])
        self.assertEqual(len(changes(body(planted + "return a == b;"))), 1)
        self.assertEqual(changes("static_assert(a + 1 == 2);"), [])

    def test_lines_keep_their_numbers(self):
        self.assertEqual([text.count("\n") for text in changes(body("g(a,\n  b);\nh();"))], [2, 2])


class Lua(unittest.TestCase):
    def assert_changes(self, text: str, *expected: str):
        self.assertEqual(sorted(changes(text, "x.lua")), sorted(expected))

    def test_operators_are_words_and_marks(self):
        self.assert_changes("local c = a and b ~= d", "local c = a or b ~= d",
                            "local c = a and b == d")

    def test_conditions_are_negated(self):
        self.assert_changes("if a then\nend", "if not (a) then\nend")
        self.assert_changes("if not a then\nend", "if  a then\nend")

    def test_a_statement_ends_where_its_last_line_does(self):
        self.assert_changes("call(a,\n     b)\nlocal c = d\nreturn\n", "\n\nlocal c = d\nreturn\n",
                            "call(a,\n     b)\nlocal c = d\n\n")

    def test_two_statements_are_left_out_one_by_one(self):
        self.assertIn("\nreturn a[b]", changes("b = c\nreturn a[b]", "x.lua"))

    def test_the_real_script_has_mutants_that_lua_takes(self):
        path = "libs/ledger/commit.lua"
        text = (mutate.cmake.ROOT / path).read_text()
        mutants = mutants_of(path, text)
        self.assertGreater(len(mutants), 150)
        taken = sum(mutate_build.is_lua(mutant.apply(text)) for mutant in mutants)
        self.assertGreater(taken, 0.95 * len(mutants))


class Programs(unittest.TestCase):
    def test_every_file_has_mutants_that_some_test_may_kill(self):
        for path in mutate.files(mutate.FILES):
            self.assertTrue(mutate_tests.programs_of(path), path)

    def test_a_sample_is_the_same_for_the_same_seed(self):
        first, again, other = (mutate.choose(["libs/mining/job.cpp"], 10, seed) for seed in (1, 1, 2))
        self.assertEqual(first, again)
        self.assertNotEqual(first, other)
        self.assertEqual(len(first), 10)

    def test_whoever_fails_first_is_named(self):
        program = mutate_tests.Program("x_tests")
        said = "[ RUN      ] A.B\n[  FAILED  ] A.B (0 ms)\n[  FAILED  ] 1 test\n"
        self.assertEqual(mutate_tests.culprit(program, said, "status 1"), "x_tests A.B")
        self.assertEqual(mutate_tests.culprit(program, "", "signal 6"), "x_tests (signal 6)")

    def test_of_the_simulation_the_invariant_is_named(self):
        program = mutate_tests.Program("pool_simulation", is_long=True)
        said = "seed 7: I3 violated: share 9 is credited twice\n"
        self.assertEqual(mutate_tests.culprit(program, said, "status 1"), "pool_simulation I3")

    def test_a_program_that_never_ends_is_ended(self):
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder) / "loop"
            script.write_text("#!/bin/sh\nwhile :; do :; done\n")
            script.chmod(0o755)
            program = mutate_tests.Program("loop")
            unlimited = mutate_tests.CPU_MORE_S
            mutate_tests.CPU_MORE_S = 1
            try:
                verdict = mutate_tests.run(script, program, Path(folder),
                                           mutate_tests.Baseline(0.0, 0.0))
            finally:
                mutate_tests.CPU_MORE_S = unlimited
        self.assertEqual(verdict.by, "loop (without end)")

    def test_the_linkers_words_are_found_in_what_ninja_does(self):
        command = ": && /usr/bin/c++ -O2 a.o -o bin/x_tests  lib/x.a && cd /b && cmake -P y"
        self.assertEqual(mutate_build.link_words(command),
                         ["/usr/bin/c++", "-O2", "a.o", "-o", "bin/x_tests", "lib/x.a"])


def entry(status: str, before: str = "a || b", after: str = "a && b", kind: str = "boolean") -> dict:
    return {"file": "libs/x/y.cpp", "line": 3, "kind": kind, "before": before, "after": after,
            "status": status, "by": ""}


class Report(unittest.TestCase):
    def conclude(self, entries: list[dict], document: str) -> str:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "mutation.md"
            path.write_text(document)
            known = mutate_report.reasons(path)
        with contextlib.redirect_stdout(io.StringIO()):
            return mutate_report.conclude(entries, known, 1.0)

    def test_a_survivor_needs_a_reason(self):
        with self.assertRaisesRegex(mutate_report.Failure, "1 of 2 mutants survive"):
            self.conclude([entry("survived"), entry("killed")], "# nothing\n")

    def test_the_row_that_is_printed_is_the_row_that_is_read(self):
        for survivor in (entry("survived"), entry("survived", "f(a | b);", "", "removed")):
            row = f"| `libs/x/y.cpp` | {mutate_report.shown(survivor)} | both are the same |\n"
            self.assertIn("1 survive", self.conclude([survivor], row))

    def test_a_row_speaks_for_one_mutant(self):
        row = f"| libs/x/y.cpp | {mutate_report.shown(entry('survived'))} | never both |\n"
        both = [entry("survived"), entry("survived")]
        with self.assertRaisesRegex(mutate_report.Failure, "1 of 2 mutants survive"):
            self.conclude(both, row)
        self.assertIn("2 survive", self.conclude(both, 2 * row))


if __name__ == "__main__":
    unittest.main()
