"""Building the images of deploy/Containerfile, with a base made of Debian's packages where none is given."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from cmake import ROOT
from console import Failure, say
from images_podman import exists, follow, podman

CONTAINERFILE = ROOT / "deploy" / "Containerfile"
PREFIX = "localhost/adit"
BASE = f"{PREFIX}/base:bookworm"
REDIS = f"{PREFIX}/redis:debian"
_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")


def _apt_sources() -> Path:
    """Where this machine's own Debian packages come from."""
    for file in (Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list")):
        if file.exists() and "debian" in file.read_text(encoding="utf-8"):
            return file
    raise Failure("/etc/apt names no source of Debian; give a base that podman can pull: --base debian:12")


def make_base() -> None:
    """Imports a minimal Debian as the base; the Containerfile brings it up to date."""
    say(f"making {BASE} of Debian's packages")
    sources = _apt_sources()
    env = {**os.environ, "SOURCE_DATE_EPOCH": "0"}
    with subprocess.Popen(["podman", "import", "--quiet", "-", BASE], stdin=subprocess.PIPE,
                          stdout=subprocess.DEVNULL) as taker:
        made = subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", "--dpkgopt=force-unsafe-io",
                               "--include=ca-certificates", "bookworm", "-", sources],
                              stdout=taker.stdin, check=False, env=env)
        taker.stdin.close()
    if made.returncode != 0 or taker.returncode != 0:
        raise Failure("the base could not be made, see above; or give one that podman can pull: --base debian:12")


def compile_on(base: str) -> list:
    """The arguments of a build that compiles on this base, with this machine's ccache and authorities."""
    arguments = ["--file", CONTAINERFILE, "--build-arg", f"BASE={base}"]
    if shutil.which("ccache"):
        folder = subprocess.run(["ccache", "--get-config", "cache_dir"], text=True, check=True,
                                capture_output=True).stdout.strip()
        Path(folder).mkdir(parents=True, exist_ok=True)
        arguments += ["--volume", f"{folder}:/ccache", "--build-arg", "CCACHE_DIR=/ccache"]
    if os.environ.get("NODE_EXTRA_CA_CERTS") and _AUTHORITIES.exists():
        arguments += ["--volume", f"{_AUTHORITIES}:/run/authorities.pem:ro",
                      "--build-arg", "NODE_EXTRA_CA_CERTS=/run/authorities.pem"]
    return arguments


def _revision() -> str:
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, text=True, check=False, capture_output=True)
    return done.stdout.strip()


def collect_here(preset: str, folder: Path) -> list:
    """The images' files of what this machine has built, and the arguments that have a build take them
    instead of its own stages."""
    program = ROOT / "deploy" / "image" / "rootfs.py"
    follow([sys.executable, "-B", program, "--build", ROOT / "build" / preset, "--out", folder / "image",
            "--symbols", folder / "symbols"], lambda line: say(f"  {line}"))
    text = CONTAINERFILE.read_text(encoding="utf-8")
    file = folder / "Containerfile"
    file.write_text(text[text.index("FROM scratch AS contents"):], encoding="utf-8")
    return ["--build-context", f"collect={folder}", "--file", file]


def build(target: str, version: str, source: list, *more) -> float:
    """Builds one target; the stages before it once for all of them."""
    def show(line: str) -> None:
        if line.startswith(("building ", "dev:", "dev build:", "Error")) or ("MiB" in line):
            say(f"  {line}")
    return follow(["podman", "build", "--isolation", "chroot", "--layers", *source, "--target", target,
                   "--build-arg", f"VERSION={version}", "--build-arg", f"REVISION={_revision()}", *more, ROOT],
                  show)


def build_redis(base: str) -> None:
    """A Redis of Debian's, with what deploy/compose.yaml expects of the image that it names."""
    if exists(REDIS):
        return
    say(f"making {REDIS} of Debian's packages")
    podman("build", "--isolation", "chroot", "--tag", REDIS, "--file", "-", input=(
        f"FROM {base}\nRUN apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y "
        "--no-install-recommends redis-server && mkdir -p /data && chown 999:999 /data\n"))
