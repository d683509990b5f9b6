"""./dev test: builds with warnings as errors and runs all tests, kind by kind."""

import argparse

import children
import cmake
import ctest
from console import run_verb, say


def test() -> str:
    say(cmake.build("ci"))
    return ctest.run(cmake.folder("ci"))


def main() -> None:
    argparse.ArgumentParser(prog="./dev test", description=__doc__).parse_args()
    children.adopt_orphans()
    try:
        run_verb("dev test", test)
    finally:
        children.end_all()


if __name__ == "__main__":
    main()
