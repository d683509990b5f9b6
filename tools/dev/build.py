"""./dev build: builds a preset of CMakePresets.json."""

import argparse

import children
import cmake
from console import run_verb


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev build", description=__doc__)
    parser.add_argument("preset", nargs="?", default="dev",
                        help=f"one of {', '.join(cmake.presets())} (default: dev)")
    preset = parser.parse_args().preset
    children.adopt_orphans()
    try:
        run_verb("dev build", lambda: cmake.build(preset))
    finally:
        children.end_all()


if __name__ == "__main__":
    main()
