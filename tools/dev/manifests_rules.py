"""What every pool keeps to, beyond what Kubernetes asks: how pods are locked down, probed,
measured, spread and ended."""

import re
import tomllib
from typing import Iterator

import manifests_operator
from manifests_links import matches
from manifests_render import ROOT, Object, Render, containers, pod_labels, pod_spec, plain_name

OURS = ("gateway", "channel-manager", "template", "vardiff", "translator", "admin")
# A limit of CPU holds a process up in the middle of what it does, for tens of milliseconds.
NEVER_THROTTLED = ("gateway", "translator")
# What [drain] is where a configuration says nothing; together it is how long a stop takes at most.
DRAIN = {"notice": "0s", "spread": "5s", "grace": "15s"}
SCALE_DOWN_MIN_S = 600
_LABELS = ("app.kubernetes.io/name", "app.kubernetes.io/part-of")
_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}


def _expect(entry: Object, where: str, value, wanted) -> Iterator[str]:
    if value != wanted:
        yield f"{entry.at(where)}: is {value!r}, and is to be {wanted!r}"


def _get(value: dict, path: str):
    for key in path.split("."):
        value = value.get(key, {}) if isinstance(value, dict) else {}
    return value if value != {} else None


def _locked_down(render: Render) -> Iterator[str]:
    for entry in render.workloads():
        where, spec = "spec.template.spec", pod_spec(entry)
        for path, wanted in (("automountServiceAccountToken", False),
                             ("securityContext.runAsNonRoot", True),
                             ("securityContext.seccompProfile.type", "RuntimeDefault")):
            yield from _expect(entry, f"{where}.{path}", _get(spec, path), wanted)
        for container in containers(entry):
            inner = f"{where}.containers.{container['name']}"
            for path, wanted in (("securityContext.readOnlyRootFilesystem", True),
                                 ("securityContext.allowPrivilegeEscalation", False),
                                 ("securityContext.capabilities.drop", ["ALL"])):
                yield from _expect(entry, f"{inner}.{path}", _get(container, path), wanted)
            yield from _secrets(entry, inner, container)


def _secrets(entry: Object, where: str, container: dict) -> Iterator[str]:
    """As files that follow their Secret: an environment stays as it was, and so does a subPath."""
    for variable in container.get("env", []) + container.get("envFrom", []):
        if "secretKeyRef" in variable.get("valueFrom", {}) or "secretRef" in variable:
            yield f"{entry.at(f'{where}.env')}: holds a secret; mount it as a file"
    for mount in container.get("volumeMounts", []):
        if "subPath" in mount or "subPathExpr" in mount:
            path = f"{where}.volumeMounts.{mount['name']}.subPath"
            yield f"{entry.at(path)}: is never updated"


def _resources(render: Render) -> Iterator[str]:
    for entry in render.workloads():
        for container in containers(entry):
            where = f"spec.template.spec.containers.{container['name']}.resources"
            resources = container.get("resources", {})
            memory = _get(resources, "requests.memory")
            if memory is None or memory != _get(resources, "limits.memory"):
                yield f"{entry.at(where)}: memory is to be requested, and its limit the same"
            if _get(resources, "requests.cpu") is None:
                yield f"{entry.at(where)}.requests.cpu: is missing"
            if container["name"] in NEVER_THROTTLED and _get(resources, "limits.cpu"):
                yield f"{entry.at(where)}.limits.cpu: throttles what miners wait for"


def _probes(render: Render) -> Iterator[str]:
    for entry in render.workloads():
        if entry.name not in OURS:
            continue
        container = pod_spec(entry)["containers"][0]
        for probe, path in (("livenessProbe", "/healthz"), ("startupProbe", "/healthz"),
                            ("readinessProbe", "/readyz")):
            where = f"spec.template.spec.containers.{container['name']}.{probe}.httpGet"
            yield from _expect(entry, where, _get(container, f"{probe}.httpGet"),
                               {"path": path, "port": "http"})


def is_many(render: Render, entry: Object) -> bool:
    scaled = any(scaler.get("spec.scaleTargetRef.name") == entry.name
                 for scaler in render.of("HorizontalPodAutoscaler", "ScaledObject"))
    return scaled or entry.get("spec.replicas", 1) > 1


def _spread(render: Render) -> Iterator[str]:
    for entry in render.workloads():
        if not is_many(render, entry):
            continue
        keys = {rule["topologyKey"]
                for rule in pod_spec(entry).get("topologySpreadConstraints", [])}
        for key in sorted({"topology.kubernetes.io/zone", "kubernetes.io/hostname"} - keys):
            yield f"{entry.at('spec.template.spec.topologySpreadConstraints')}: lacks {key}"
        budgets = [budget for budget in render.of("PodDisruptionBudget")
                   if matches(budget.get("spec.selector", {}), pod_labels(entry))]
        if len(budgets) != 1:
            yield f"{entry.at('metadata')}: has {len(budgets)} PodDisruptionBudgets, not one"
    for budget in render.of("PodDisruptionBudget"):
        yield from _expect(budget, "spec.maxUnavailable", budget.get("spec.maxUnavailable"), 1)
        yield from _expect(budget, "spec.unhealthyPodEvictionPolicy",
                           budget.get("spec.unhealthyPodEvictionPolicy"), "AlwaysAllow")


def _scaling(render: Render) -> Iterator[str]:
    path = {"HorizontalPodAutoscaler": "spec.behavior.scaleDown.stabilizationWindowSeconds",
            "ScaledObject": "spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleDown."
                            "stabilizationWindowSeconds"}
    for entry in render.of(*path):
        where = path[entry.kind]
        if entry.get(where, 0) < SCALE_DOWN_MIN_S:
            yield f"{entry.at(where)}: scales down sooner than after {SCALE_DOWN_MIN_S} s"
        kinds = [metric.get("type") for metric in entry.get("spec.metrics", [])]
        kinds += [trigger.get("type") for trigger in entry.get("spec.triggers", [])]
        if {"Resource", "ContainerResource", "cpu", "memory"} & set(kinds):
            yield f"{entry.at('spec.metrics')}: CPU and memory say nothing of miners that wait"


def seconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(ms|s|m|h)", text).groups()
    return float(number) * _UNITS[unit]


def drain_s(config: str) -> float:
    """How long a service whose configuration this is takes to stop."""
    drain = tomllib.loads(config).get("drain", {})
    return sum(seconds(drain.get(key, default)) for key, default in DRAIN.items())


def _grace(render: Render) -> Iterator[str]:
    for entry in render.workloads():
        config = next((found.get("data", {}).get(f"{entry.name}.toml")
                       for found in render.of("ConfigMap") if plain_name(found.name) == entry.name),
                      None)
        if config is None or entry.name not in NEVER_THROTTLED:
            continue
        sleep = _get(pod_spec(entry)["containers"][0], "lifecycle.preStop.sleep.seconds") or 0
        where = "spec.template.spec.terminationGracePeriodSeconds"
        grace = entry.get(where, 30)
        if grace < drain_s(config) + sleep:
            yield (f"{entry.at(where)}: {grace} s end before the drain that {entry.name}.toml "
                   f"configures, {drain_s(config) + sleep:.0f} s")


def _services(render: Render) -> Iterator[str]:
    for entry in render.of("Service"):
        if entry.get("spec.type") == "LoadBalancer":
            yield from _expect(entry, "spec.externalTrafficPolicy",
                               entry.get("spec.externalTrafficPolicy"), "Local")


def _identity(render: Render) -> Iterator[str]:
    namespaces = {entry.get("metadata.namespace") for entry in render.objects
                  if entry.kind != "Namespace"}
    if len(namespaces) > 1:
        yield f"{render.name}: metadata.namespace: differs, {sorted(map(str, namespaces))}"
    for entry in render.objects:
        missing = set(_LABELS) - set(entry.get("metadata.labels", {}))
        if missing and entry.kind != "ConfigMap" and entry.kind != "Secret":
            yield f"{entry.at('metadata.labels')}: lacks {', '.join(sorted(missing))}"
    for made in manifests_operator.made():
        if any("authority" in key for key in made.keys):
            yield (f"{manifests_operator.README.relative_to(ROOT)}: {made.kind} {made.name}: "
                   "brings an authority's key into the cluster")


def known_metrics() -> set[str]:
    text = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| `(adit_\w+)`", text, re.MULTILINE))


def _metrics(render: Render) -> Iterator[str]:
    known = known_metrics()
    adapter = render.find("ConfigMap", "prometheus-adapter-rules")
    for entry in [*render.of("HorizontalPodAutoscaler", "ScaledObject"),
                  *([adapter] if adapter else [])]:
        for name in sorted(set(re.findall(r"\badit_\w+", str(entry.data))) - known):
            yield f"{entry.at('spec')}: no service exports {name}, see docs/metrics.md"
    if adapter is None:
        return
    pods, _, external = adapter.get("data", {}).get("config.yaml", "").partition("externalRules:")
    for entry in render.of("HorizontalPodAutoscaler"):
        for number, metric in enumerate(entry.get("spec.metrics", [])):
            served = external if metric["type"] == "External" else pods
            name = _get(metric, f"{metric['type'].lower()}.metric.name")
            if name is None or f"seriesQuery: {name}{{" not in served:
                yield (f"{entry.at(f'spec.metrics[{number}]')}: {adapter.name} has no rule for "
                       f"{name} as {metric['type']}")


def check(render: Render) -> list[str]:
    if not render.whole:
        return []
    return [finding for rule in (_locked_down, _resources, _probes, _spread, _scaling, _grace,
                                 _services, _identity, _metrics) for finding in rule(render)]
