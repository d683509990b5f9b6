"""Clients of gRPC that are not ours: buf, and @grpc/grpc-js. From the npm registry, by the lock file
beside this."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "support"))

import npm_packages
from npm_packages import Unavailable  # noqa: F401, for who catches it here


def install(folder: Path) -> Path:
    """The folder that has node_modules."""
    return npm_packages.install(HERE / "clients", folder)


def buf(folder: Path) -> Path:
    return install(folder) / "node_modules" / ".bin" / "buf"
