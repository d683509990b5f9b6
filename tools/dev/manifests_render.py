"""What is applied: the objects that `kubectl kustomize` makes of a folder; where each is from."""

import json
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from console import Failure

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "kubernetes"
_ORIGIN = "config.kubernetes.io/origin"
WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job")


@dataclass
class Object:
    data: dict
    origin: str  # a file below the repository's root

    @property
    def kind(self) -> str:
        return self.data.get("kind", "?")

    @property
    def name(self) -> str:
        return self.data.get("metadata", {}).get("name", "?")

    def at(self, path: str) -> str:
        """How a finding begins: file, object and field."""
        return f"{self.origin}: {self.kind} {self.name}: {path}"

    def get(self, path: str, fallback=None):
        value = self.data
        for key in path.split("."):
            if not isinstance(value, dict) or key not in value:
                return fallback
            value = value[key]
        return value


@dataclass
class Render:
    name: str
    objects: list[Object]
    whole: bool = True  # a pool, rather than some objects of one

    def of(self, *kinds: str) -> list[Object]:
        return [entry for entry in self.objects if entry.kind in kinds]

    def find(self, kind: str, name: str) -> Object | None:
        return next((entry for entry in self.of(kind) if entry.name == name), None)

    def workloads(self) -> list[Object]:
        return self.of(*WORKLOADS)


def plain_name(name: str) -> str:
    """Of a generated ConfigMap, without the hash of its content."""
    return re.sub(r"-[2-9bcdfghkmt]{10}$", "", name)


def pod_spec(workload: Object) -> dict:
    return workload.get("spec.template.spec", {})


def pod_labels(workload: Object) -> dict:
    return workload.get("spec.template.metadata.labels", {})


def containers(workload: Object) -> list[dict]:
    """Sidecars, too: they stand among the containers that come first."""
    spec = pod_spec(workload)
    return spec.get("initContainers", []) + spec.get("containers", [])


def ports(workload: Object) -> list[dict]:
    return [port for container in containers(workload) for port in container.get("ports", [])]


def read_objects(text: str, origin: str) -> list[Object]:
    import manifests_yaml  # whoever asks for --help may not have what it needs

    objects = []
    for data in manifests_yaml.read_all(text):
        if data is None:
            continue
        annotations = data.get("metadata", {}).get("annotations", {})
        told = next(iter(manifests_yaml.read_all(annotations.pop(_ORIGIN, ""))), {})
        if "annotations" in data.get("metadata", {}) and not annotations:
            del data["metadata"]["annotations"]
        file = told.get("path") or told.get("configuredIn")
        objects.append(Object(data, _below_root(file) if file else origin))
    return objects


def _below_root(path: str) -> str:
    """Kustomize names files from where it was called, which is a folder of ours somewhere else."""
    return re.sub(r"^(\.\./)+", "/", path).removeprefix(f"{ROOT}/")


def read_file(file: Path) -> Render:
    """Objects as they stand, for the tests."""
    origin = str(file.relative_to(ROOT)) if file.is_relative_to(ROOT) else str(file)
    return Render(file.name, read_objects(file.read_text(encoding="utf-8"), origin), whole=False)


def kustomize(kubectl: Path, name: str, resources: list[Path], components: list[Path]) -> Render:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve()

        def listed(paths: list[Path]) -> list[str]:
            return [os.path.relpath(path, folder) for path in paths]

        (folder / "kustomization.yaml").write_text(json.dumps({
            "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization",
            "resources": listed(resources), "components": listed(components),
            "buildMetadata": ["originAnnotations"]}))
        done = subprocess.run([kubectl, "kustomize", folder], text=True, capture_output=True,
                              check=False, timeout=120)
    if done.returncode != 0:
        raise Failure(f"{name} cannot be rendered: {done.stderr.strip()}")
    return Render(name, read_objects(done.stdout, name))


def folders(what: str) -> list[Path]:
    return sorted(path.parent for path in (FOLDER / what).glob("*/kustomization.yaml"))


def render_all(kubectl: Path) -> list[Render]:
    """Every overlay, and every component on the base. The base wants some Redis, so those that
    bring none stand on the one of the component redis."""
    base, redis = FOLDER / "base", FOLDER / "components" / "redis"
    renders = [kustomize(kubectl, f"overlays/{folder.name}", [folder], [])
               for folder in folders("overlays")]
    for folder in folders("components"):
        brings_redis = (folder / "redis.yaml").exists()
        renders.append(kustomize(kubectl, f"components/{folder.name}", [base],
                                 [folder] if brings_redis else [redis, folder]))
    return renders

