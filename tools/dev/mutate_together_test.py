#!/usr/bin/env python3
"""Several mutants in one program: which bodies there are, and that each number is its mutant."""

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import mutate
import mutate_together
from mutate_operators import mutants_of

_TEXT = """#include <cstdio>
namespace {
constexpr int a = 1;
int less(int x) {
    return x < 3 ? x : 3;
}
struct Sum {
    explicit Sum(int x) : of{x}, more{a} { of += more; }
    int get() const { return of; }
    int of{}, more{};
};
int line() { return __LINE__; }
}
int main() {
    int told = 2;
    if (told == 2) told = less(3);
    const auto twice = [](int x) { return x * 2; };
    std::printf("%d %d %d %d", told, Sum{4}.get(), twice(5), line());
}
"""


def bodies(text: str) -> list[str]:
    return [" ".join(text[begin:end].split()) for begin, end in mutate_together.bodies(text)]


class Bodies(unittest.TestCase):
    def test_of_functions_constructors_and_members(self):
        self.assertEqual(bodies(_TEXT)[:4], ["return x < 3 ? x : 3;", "of += more;", "return of;",
                                             "return __LINE__;"])

    def test_values_in_braces_are_none(self):
        self.assertEqual(bodies("const X x{f()}; enum class E { a, b }; X y = g({1});"), [])
        self.assertEqual(bodies("const auto f = [](int x) { return x; };"), [])

    def test_what_the_compiler_computes_is_none(self):
        self.assertEqual(bodies("constexpr int f() { return 1; } int g() { return 2; }"), ["return 2;"])

    def test_behind_access_and_trailing_types(self):
        self.assertEqual(bodies("class X { public: int f() { return 1; } private: int x{}; };"),
                         ["return 1;"])
        self.assertEqual(bodies("auto f(int x) -> X { return g(x); }"), ["return g(x);"])
        self.assertEqual(bodies("template <class T> T f(struct X x) { return x; }"), ["return x;"])

    def test_most_mutants_of_the_real_files_are_in_one(self):
        for path in mutate.files(["services/gateway/session*.cpp", "libs/bus/dispatcher.cpp"]):
            text = (mutate.cmake.ROOT / path).read_text()
            mutants = mutants_of(path, text)
            self.assertGreaterEqual(len(mutate_together.numbered(text, mutants)),
                                    0.95 * len(mutants), path)


class Compiled(unittest.TestCase):
    def test_whom_the_compiler_names_is_left_out(self):
        asked = []

        def compile_text(text: str) -> str:
            asked.append(text)
            return 'mutant-2:4:9: error: no\n' if '"mutant-2"' in text else ""

        mutants = mutate_together.numbered(_TEXT, mutants_of("x.cpp", _TEXT))
        left = mutate_together.compiled(_TEXT, mutants, "x.cpp", compile_text)
        self.assertEqual(set(mutants) - set(left), {2})
        self.assertEqual(len(asked), 2)

    def test_when_nobody_is_to_blame_each_is_compiled_for_itself(self):
        mutants = mutate_together.numbered(_TEXT, mutants_of("x.cpp", _TEXT))
        self.assertEqual(mutate_together.compiled(_TEXT, mutants, "x.cpp", lambda text: "no"), {})

    @unittest.skipIf(shutil.which("c++") is None, "needs a compiler")
    def test_each_number_does_what_its_mutant_does(self):
        with tempfile.TemporaryDirectory() as folder:
            def compile_text(text: str, name: str = "together") -> str:
                source = Path(folder) / f"{name}.cpp"
                source.write_text(text)
                return subprocess.run(["c++", "-std=c++20", "-w", source.name, "-o", name],
                                      cwd=folder, text=True, capture_output=True).stderr

            def said(name: str, number: int = 0) -> str:
                return subprocess.run([Path(folder) / name], text=True, capture_output=True,
                                      env={**os.environ,
                                           mutate_together.VARIABLE: str(number)}).stdout

            mutants = mutate_together.numbered(_TEXT, mutants_of("x.cpp", _TEXT))
            chosen = mutate_together.compiled(_TEXT, mutants, "x.cpp", compile_text)
            self.assertGreater(len(chosen), 8)
            self.assertEqual(said("together"), "3 5 10 12")
            # Two that a word tells apart, for compilers are slow.
            for before, after in (("told == 2", "told != 2"), ("x * 2", "x / 2")):
                number, mutant = next((n, m) for n, m in chosen.items()
                                      if before in m.before and after in m.after)
                self.assertEqual(compile_text(mutant.apply(_TEXT), "alone"), "")
                self.assertEqual(said("together", number), said("alone"), mutant)
                self.assertNotEqual(said("together", number), said("together"), mutant)

    @unittest.skipIf(shutil.which("c++") is None, "needs a compiler")
    def test_a_script_is_the_mutant_that_the_environment_names(self):
        template = ('#include <cstdio>\n#include <string_view>\nconst std::string_view other = "@other@";\n'
                    'const std::string_view it = R"lua(@it@)lua";\n'
                    'int main() { std::printf("%s", it.data()); }\n')
        script = "if a < 1 then\n  return 'x'\nend\n"
        chosen = dict(enumerate(mutants_of("it.lua", script), 1))
        text = mutate_together.scripts(template, "it", script, chosen)
        self.assertIn("@other@", text)
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "scripts.cpp").write_text(text)
            subprocess.run(["c++", "-std=c++20", "scripts.cpp", "-o", "scripts"], cwd=folder, check=True)
            for number, expected in [(0, script), *((n, m.apply(script)) for n, m in chosen.items())]:
                said = subprocess.run([Path(folder) / "scripts"], text=True, capture_output=True,
                                      env={**os.environ, mutate_together.VARIABLE: str(number)}).stdout
                self.assertEqual(said, expected)


if __name__ == "__main__":
    unittest.main()
