"""Cargo builds for the tests that compare us with others; nothing that the pool ships needs it."""

import os
import shutil
import subprocess
from pathlib import Path

from cmake import ROOT
from console import Failure, say

SRI = ROOT / "tests" / "interop" / "sri"
TARGET = ROOT / "build" / "cargo"
# The libraries that are compared, as published on crates.io.
LIBRARIES = ("noise_sv2", "codec_sv2", "framing_sv2", "binary_sv2", "parsers_sv2",
             "common_messages_sv2", "mining_sv2", "template_distribution_sv2")


def _cargo(*arguments, **options) -> subprocess.CompletedProcess:
    return subprocess.run(["cargo", *map(str, arguments)], text=True, check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **options)


def missing() -> str | None:
    """Why the published libraries cannot be built here, or None."""
    if not shutil.which("cargo"):
        return "cargo is not installed"
    done = _cargo("fetch", "--locked", "--manifest-path", SRI / "Cargo.toml")
    if done.returncode == 0:
        return None
    errors = [line for line in done.stdout.splitlines() if line.startswith("error")]
    return f"the registry gives no libraries: {(errors or ['no reason given'])[-1]}"


def build_sri() -> Path:
    """Builds tests/interop/sri with the versions of its Cargo.lock; returns where its programs
    are."""
    say("building the published Rust libraries")
    done = _cargo("build", "--release", "--locked", "--manifest-path", SRI / "Cargo.toml",
                  "--target-dir", TARGET)
    if done.returncode != 0:
        print(done.stdout)
        raise Failure("cargo could not build tests/interop/sri, see above")
    return TARGET / "release"


def versions() -> dict[str, str]:
    """The libraries of Cargo.lock: name to version."""
    lines = (SRI / "Cargo.lock").read_text().splitlines()
    found = {}
    for name, version in zip(lines, lines[1:]):
        if name.startswith("name = ") and version.startswith("version = "):
            found[name.split('"')[1]] = version.split('"')[1]
    return found


def newest(package: str) -> str | None:
    """The newest version that the registry has; None when it has none or does not answer."""
    # Outside of any package, lest cargo answers from its lock file.
    done = _cargo("info", package, cwd="/", env={**os.environ, "CARGO_TERM_COLOR": "never"})
    if done.returncode != 0:
        return None
    for line in done.stdout.splitlines():
        if line.startswith("version: "):
            return line.split()[1]
    return None


def install(package: str, version: str) -> tuple[Path | None, str]:
    """Installs a published program; returns where it is, or None and why not."""
    program = ROOT / "build" / "interop" / "bin" / package
    installed = ROOT / "build" / "interop" / f"{package}-{version}"
    if program.exists() and installed.exists():
        return program, ""
    say(f"installing {package} {version} from the registry; the first time takes minutes")
    done = _cargo("install", package, "--version", version, "--locked", "--no-default-features",
                  "--force", "--root", ROOT / "build" / "interop",
                  "--target-dir", ROOT / "build" / "cargo-apps")
    if done.returncode != 0:
        lines = [line for line in done.stdout.splitlines() if line.startswith("error")]
        return None, f"cargo install failed: {(lines or ['no reason given'])[0]}"
    installed.touch()
    return program, ""
