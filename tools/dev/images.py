"""./dev images: builds the images of deploy/Containerfile, tries each and runs a pool of them.

The base is made of Debian's packages, or given. What this machine cannot do is said and counts as skipped.
The images stay, as localhost/adit/NAME; the lists of their contents and the programs' symbols are copied to
build/images/contents. The first time it installs some 500 packages into the build stage and compiles
everything; later only what has changed.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

import images_build
import images_podman
from cmake import ROOT
from console import Failure, run_verb, say
from images_build import BASE, PREFIX
from images_podman import inspect, podman
from images_pool import Pool, new_pool

sys.path.insert(0, str(ROOT / "deploy" / "image"))
import rootfs

FOLDER = ROOT / "build" / "images"
LOCKED = ("--rm", "--network", "none", "--read-only", "--cap-drop", "all", "--security-opt", "no-new-privileges")


def build_all(options) -> None:
    if options.base == BASE and not images_podman.exists(BASE):
        images_build.make_base()
    started = time.monotonic()
    if options.built_here:
        host = FOLDER / "host"
        shutil.rmtree(host, ignore_errors=True)
        host.mkdir()
        source = images_build.collect_here("dev", host)
    else:
        source = images_build.compile_on(options.base)
    for image in options.images:
        took = images_build.build(image, rootfs.project_version(), source, "--tag", f"{PREFIX}/{image}")
        say(f"{image} built in {took:.0f} s")
    contents = FOLDER / "contents"
    shutil.rmtree(contents, ignore_errors=True)
    images_build.build("contents", rootfs.project_version(), source, "--output", contents)
    say(f"all built in {time.monotonic() - started:.0f} s; contents and symbols: {contents.relative_to(ROOT)}")


def tell_sizes(images: list[str]) -> None:
    say("-- sizes and packages")
    for image in images:
        found = inspect(f"{PREFIX}/{image}")
        sbom = json.loads((FOLDER / "contents" / f"{image}.spdx.json").read_text(encoding="utf-8"))
        inside = sum(relation["relationshipType"] == "CONTAINS" and "Package" in relation["relatedSpdxElement"]
                     for relation in sbom["relationships"])
        say(f"   {image:16} {found['Size'] / 2**20:6.1f} MiB, {inside} packages of Debian")


def try_image(image: str, pool: Path, secrets: Path) -> list[str]:
    """What is wrong with it, by running it."""
    name, wrong = f"{PREFIX}/{image}", []
    config = inspect(name)["Config"]
    if config["User"] != "65532:65532":
        wrong.append(f"{image} runs as {config['User']!r}")
    if config["Labels"].get("org.opencontainers.image.title") != f"adit-{image}":
        wrong.append(f"{image} has no title")
    for program in rootfs.IMAGES[image]:
        said = podman("run", *LOCKED, "--entrypoint", f"/usr/bin/{program}", name, "--version", check=False)
        if said.stdout != f"{program} {rootfs.project_version()}\n":
            wrong.append(f"{program} --version in {image}: {(said.stdout + said.stderr).strip()}")
    for unwanted in ("/bin/sh", "/bin/bash", "/usr/bin/dpkg", "/usr/bin/apt-get"):
        if podman("run", *LOCKED, "--entrypoint", unwanted, name, check=False).returncode != 127:
            wrong.append(f"{image} has {unwanted}")
    if image not in ("devnode", "tools"):
        said = podman("run", *LOCKED, "--volume", f"{pool}:/etc/adit:ro", "--volume",
                      f"{secrets}:/run/secrets/adit:ro", name, "--check-config", "--config",
                      f"/etc/adit/{image}.toml", check=False)
        if said.returncode != 0:
            wrong.append(f"{image} --check-config: {(said.stdout + said.stderr).strip()}")
    return wrong


def try_all(images: list[str], folder: Path, secrets: Path) -> None:
    pool = folder / "pool"
    shutil.copytree(ROOT / "deploy" / "pool", pool)
    shutil.copyfile(secrets / "pools.toml", pool / "pools.toml")
    wrong = [problem for image in images for problem in try_image(image, pool, secrets)]
    if wrong:
        raise Failure("; ".join(wrong))
    say(f"each of {len(images)} runs its programs read-only as 65532, takes deploy/pool, and has no shell")


def judge_mined(protocol: str, summary: dict, at_least: int) -> None:
    accepted, submitted = summary["shares_accepted"], summary["shares_submitted"]
    say(f"{protocol}: {summary['channels_opened']} channel, {summary['hashes']} hashes, {accepted} of {submitted} "
        "shares accepted")
    if summary["channels_opened"] != 1 or not summary["hashes"] or accepted < max(at_least, submitted * 0.9):
        raise Failure(f"{protocol}: {json.dumps(summary)}")


def run_pool(folder: Path, secrets: Path, redis: str, seconds: int) -> None:
    pool = Pool(folder / "run", secrets, redis)
    try:
        pool.start()
        say(f"a pool as deploy/compose.yaml has it: all ready after {pool.wait_ready():.0f} s")
        wrong = pool.rights()
        if wrong:
            raise Failure("; ".join(wrong))
        say("every process runs as 65532 without any capability, read-only, and can gain none")
        # Targets that are easy at first, for some shares in a short time.
        judge_mined("Stratum V2", pool.mine(f"stratum2+tcp://gateway:24250/{pool.key}", "alice", seconds,
                                            "--nominal-hash-rate", "20k"), at_least=1)
        # A translator begins with a target that a CPU may not meet in so short a time.
        judge_mined("Stratum V1", pool.mine("stratum+tcp://translator:3333", "bob.1", seconds,
                                            "--suggest-difficulty", "0.0001"), at_least=0)
        say(f"aditctl sees {len(pool.ask_admin())} processes")
        status, took = pool.stop("gateway")
        if status != 0:
            raise Failure(f"the gateway ended with {status} when it was asked to stop")
        say(f"the gateway drained and ended in {took:.0f} s when it was asked to")
    finally:
        pool.remove()


def images(options) -> str:
    started, skipped = time.monotonic(), []
    images_podman.configure(FOLDER)
    if not options.no_build:
        build_all(options)
    tell_sizes(options.images)
    reason = images_podman.reason_against_running(options.base)
    if reason:
        skipped.append(f"running them: {reason}")
    else:
        with tempfile.TemporaryDirectory(prefix="adit-images-") as name:
            Path(name).chmod(0o755)
            secrets = new_pool(Path(name))
            try_all(options.images, Path(name), secrets)
            if set(options.images) == set(rootfs.IMAGES):
                if options.redis == images_build.REDIS:
                    images_build.build_redis(options.base)
                run_pool(Path(name), secrets, options.redis, options.mine)
            else:
                skipped.append("a pool: not all images were asked for")
    for one in skipped:
        say(f"skipped: {one}")
    return f"{len(options.images)} images in {time.monotonic() - started:.0f} s, {len(skipped)} skipped"


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev images", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", nargs="*", metavar="IMAGE", default=list(rootfs.IMAGES),
                        help=f"of {', '.join(rootfs.IMAGES)}; default: all, and a pool of them")
    parser.add_argument("--base", default=BASE, help="what the build starts from, such as debian:12; default: made here")
    parser.add_argument("--built-here", action="store_true",
                        help="take what ./dev build --target images has built on this Debian 12, instead of compiling "
                             "in the build stage: minutes less, for trying")
    parser.add_argument("--redis", default=images_build.REDIS, help="the pool's Redis, such as redis:7.2; default: made here")
    parser.add_argument("--mine", type=int, default=20, metavar="SECONDS", help="how long each miner mines (default: 20)")
    parser.add_argument("--no-build", action="store_true", help="only try those that are built")
    options = parser.parse_args()
    unknown = set(options.images) - set(rootfs.IMAGES)
    if unknown:
        parser.error(f"no image {', '.join(sorted(unknown))}; there are: {', '.join(rootfs.IMAGES)}")
    images_podman.enter_namespace()
    run_verb("dev images", lambda: images(options))


if __name__ == "__main__":
    main()
