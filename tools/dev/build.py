"""./dev build: builds a preset of CMakePresets.json."""

import argparse

import children
import cmake
from console import run_verb


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev build", description=__doc__)
    parser.add_argument("preset", nargs="?", default="dev",
                        help=f"one of {', '.join(cmake.presets())} (default: dev)")
    parser.add_argument("--target", default="all",
                        help="a target of CMake, such as images: what deploy/Containerfile takes "
                             "(default: all)")
    options = parser.parse_args()
    children.adopt_orphans()
    try:
        run_verb("dev build", lambda: cmake.build(options.preset, options.target))
    finally:
        children.end_all()


if __name__ == "__main__":
    main()
