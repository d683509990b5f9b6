"""./dev sanitize: builds with a sanitizer and runs all tests but those with real processes."""

import argparse
from pathlib import Path

import children
import cmake
import ctest
from console import run_verb, say

SUPPRESSIONS = Path(__file__).resolve().parent / "tsan.supp"


def sanitize(preset: str) -> str:
    say(cmake.build(preset))
    env = {
        "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1",
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "TSAN_OPTIONS": f"suppressions={SUPPRESSIONS}:second_deadlock_stack=1",
    }
    return f"{preset}: {ctest.run(cmake.folder(preset), {'integration'}, env)}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev sanitize", description=__doc__)
    parser.add_argument("preset", nargs="?", default="asan", choices=["asan", "tsan"],
                        help="asan (address and undefined behaviour, the default) or tsan (threads)")
    preset = parser.parse_args().preset
    children.adopt_orphans()
    try:
        run_verb("dev sanitize", lambda: sanitize(preset))
    finally:
        children.end_all()


if __name__ == "__main__":
    main()
