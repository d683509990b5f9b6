"""./dev test: builds everything and runs all tests, kind by kind.

In CI (the environment variable CI is set) warnings are errors. At most five integration tests that
fail beside others are run again, alone; the last line names those that passed only then.
"""

import argparse
import os

import children
import cmake
import ctest
import releases
from console import run_verb, say


def test() -> str:
    # A newer compiler's new warning must not keep a user from the tests.
    preset = "ci" if os.environ.get("CI") else "dev"
    say(cmake.build(preset))
    try:
        releases.build()
    except releases.Unavailable as reason:
        say(f"tests of an upgrade from the last release are skipped: {reason}")
    return ctest.run(cmake.folder(preset))


def main() -> None:
    argparse.ArgumentParser(prog="./dev test", description=__doc__).parse_args()
    children.adopt_orphans()
    try:
        run_verb("dev test", test)
    finally:
        children.end_all()


if __name__ == "__main__":
    main()
