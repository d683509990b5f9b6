"""What types cannot see: that a name somewhere names something. Each finding has file and field."""

import base64
from typing import Iterator

import manifests_operator
from manifests_render import Object, Render, containers, pod_labels, pod_spec, ports

_SIZE_MAX = 256 * 1024  # of an object that kubectl applies: it writes all of it into an annotation


def matches(selector: dict, labels: dict) -> bool:
    """A label selector; an empty one matches all."""
    for key, value in selector.get("matchLabels", {}).items():
        if labels.get(key) != value:
            return False
    for rule in selector.get("matchExpressions", []):
        value, values = labels.get(rule["key"]), rule.get("values", [])
        held = {"In": value in values, "NotIn": value not in values,
                "Exists": value is not None, "DoesNotExist": value is None}
        if not held.get(rule["operator"], False):
            return False
    return True


def selected(render: Render, selector: dict) -> list[Object]:
    """The workloads whose pods it matches."""
    return [entry for entry in render.workloads() if matches(selector, pod_labels(entry))]


def _workloads(render: Render) -> Iterator[str]:
    for entry in render.workloads():
        labels = pod_labels(entry)
        selector = entry.get("spec.selector")
        if isinstance(selector, dict) and not matches(selector, labels):
            yield (f"{entry.at('spec.selector')}: does not match the labels of its own pods, "
                   f"{labels}")
        for number, spread in enumerate(pod_spec(entry).get("topologySpreadConstraints", [])):
            if not matches(spread.get("labelSelector", {}), labels):
                yield (f"{entry.at(f'spec.template.spec.topologySpreadConstraints[{number}]')}"
                       ".labelSelector: does not match its own pods")
        if entry.kind == "StatefulSet":
            yield from _governing_service(render, entry)
        yield from _probes(entry)


def _governing_service(render: Render, entry: Object) -> Iterator[str]:
    name = entry.get("spec.serviceName")
    service = render.find("Service", name)
    where = entry.at("spec.serviceName")
    if service is None:
        yield f"{where}: there is no Service {name}"
    elif service.get("spec.clusterIP") != "None":
        yield f"{where}: the Service {name} is not headless, so the pods have no names"
    elif not matches({"matchLabels": service.get("spec.selector", {})}, pod_labels(entry)):
        yield f"{where}: the Service {name} does not select these pods"


def has_port(listed: list[dict], port) -> bool:
    return any(port in (entry.get("name"), entry.get("containerPort")) for entry in listed)


def _probes(entry: Object) -> Iterator[str]:
    for container in containers(entry):
        for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
            for how in ("httpGet", "tcpSocket", "grpc"):
                port = container.get(probe, {}).get(how, {}).get("port")
                if port is not None and not has_port(container.get("ports", []), port):
                    where = entry.at(f"containers.{container['name']}.{probe}.{how}.port")
                    yield f"{where}: the container has no port {port}"


def _services(render: Render) -> Iterator[str]:
    for entry in render.of("Service"):
        selector = entry.get("spec.selector")
        if not selector:
            continue
        pods = selected(render, {"matchLabels": selector})
        if not pods:
            yield f"{entry.at('spec.selector')}: matches no pods, {selector}"
        for number, port in enumerate(entry.get("spec.ports", [])):
            target = port.get("targetPort", port.get("port"))
            for pod in pods:
                if not has_port(ports(pod), target):
                    yield (f"{entry.at(f'spec.ports[{number}].targetPort')}: the pods of "
                           f"{pod.kind} {pod.name} have no port {target}")


def _monitors(render: Render) -> Iterator[str]:
    for entry in render.of("PodMonitor"):
        pods = selected(render, entry.get("spec.selector", {}))
        if not pods:
            yield f"{entry.at('spec.selector')}: matches no pods"
        for number, endpoint in enumerate(entry.get("spec.podMetricsEndpoints", [])):
            for pod in pods:
                if not has_port(ports(pod), endpoint.get("port")):
                    yield (f"{entry.at(f'spec.podMetricsEndpoints[{number}].port')}: the pods of "
                           f"{pod.name} have no port {endpoint.get('port')}")


def _budgets(render: Render) -> Iterator[str]:
    for entry in render.of("PodDisruptionBudget"):
        pods = selected(render, entry.get("spec.selector", {}))
        if len(pods) != 1:
            yield (f"{entry.at('spec.selector')}: matches the pods of {len(pods)} workloads, "
                   "not of one")


def _scalers(render: Render) -> Iterator[str]:
    scaled: dict[tuple, Object] = {}
    for entry in render.of("HorizontalPodAutoscaler", "ScaledObject"):
        where = entry.at("spec.scaleTargetRef")
        kind = entry.get("spec.scaleTargetRef.kind", "Deployment")
        name = entry.get("spec.scaleTargetRef.name")
        target = render.find(kind, name)
        if target is None:
            yield f"{where}: there is no {kind} {name}"
            continue
        other = scaled.setdefault((kind, name), entry)
        if other is not entry:
            yield f"{where}: {kind} {name} is scaled by {other.kind} {other.name} already"
        if "replicas" in target.get("spec", {}):
            yield (f"{target.at('spec.replicas')}: is the business of {entry.kind} {entry.name}: "
                   "each time that this is applied the pods would be as many")


def _mounted(spec: dict) -> Iterator[tuple[str, str, str, list[str], bool]]:
    """Field, kind, name, keys that are asked for, and whether it may be absent."""
    for volume in spec.get("volumes", []):
        sources = volume.get("projected", {}).get("sources", [volume])
        for source in sources:
            for key, kind in (("configMap", "ConfigMap"), ("secret", "Secret")):
                if key in source:
                    ref = source[key]
                    yield (f"volumes.{volume['name']}.{key}", kind,
                           ref.get("name") or ref.get("secretName"),
                           [item["key"] for item in ref.get("items", [])],
                           ref.get("optional", False))


def _keys(render: Render, kind: str, name: str) -> set[str] | None:
    entry = render.find(kind, name)
    if entry is not None:
        return {key for part in ("data", "stringData", "binaryData") for key in entry.get(part, {})}
    return next((set(made.keys) for made in manifests_operator.made()
                 if (made.kind, made.name) == (kind, name)), None)


def _volumes(render: Render) -> Iterator[str]:
    for entry in render.workloads():
        spec = pod_spec(entry)
        named = {volume["name"] for volume in spec.get("volumes", [])}
        named |= {claim["metadata"]["name"] for claim in entry.get("spec.volumeClaimTemplates", [])}
        used = set()
        for container in containers(entry):
            for mount in container.get("volumeMounts", []):
                used.add(mount["name"])
                if mount["name"] not in named:
                    where = entry.at(f"containers.{container['name']}.volumeMounts")
                    yield f"{where}: there is no volume {mount['name']}"
        for name in sorted(named - used):
            yield f"{entry.at(f'spec.template.spec.volumes.{name}')}: no container mounts it"
        for path, kind, name, keys, optional in _mounted(spec):
            held = _keys(render, kind, name)
            if held is None and not optional:
                yield (f"{entry.at(f'spec.template.spec.{path}')}: there is no {kind} {name}, nor "
                       "does deploy/kubernetes/README.md have the operator make it")
            for key in keys:
                if held is not None and key not in held:
                    yield (f"{entry.at(f'spec.template.spec.{path}.items')}: the {kind} {name} has "
                           f"no key {key}")


def _sizes(render: Render) -> Iterator[str]:
    seen = set()
    for entry in render.objects:
        if (entry.data.get("apiVersion"), entry.kind, entry.name) in seen:
            yield f"{entry.at('metadata.name')}: stands twice"
        seen.add((entry.data.get("apiVersion"), entry.kind, entry.name))
        if entry.kind in ("ConfigMap", "Secret"):
            size = sum(len(text) for text in entry.get("data", {}).values())
            if size > _SIZE_MAX:
                yield f"{entry.at('data')}: {size} bytes are more than kubectl apply can take"
    for entry in render.of("Secret"):
        for key, value in entry.get("data", {}).items():
            if b"authority" in base64.b64decode(value):
                yield f"{entry.at(f'data.{key}')}: an authority's key has no place in a cluster"


def _policies(render: Render) -> Iterator[str]:
    for entry in render.of("NetworkPolicy"):
        selector = entry.get("spec.podSelector", {})
        own = selected(render, selector)
        if selector and not own:
            yield f"{entry.at('spec.podSelector')}: matches no pods"
        for way, others in (("ingress", "from"), ("egress", "to")):
            for number, rule in enumerate(entry.get(f"spec.{way}", [])):
                where = f"spec.{way}[{number}]"
                peers = []
                for peer in rule.get(others, []):
                    if "podSelector" in peer and "namespaceSelector" not in peer:
                        found = selected(render, peer["podSelector"])
                        peers += found
                        if not found:
                            yield f"{entry.at(f'{where}.{others}')}: matches no pods, {peer}"
                owners = own if way == "ingress" else peers
                for port in rule.get("ports", []):
                    yield from _policy_port(entry, f"{where}.ports", port, owners)


def _policy_port(entry: Object, where: str, port: dict, owners: list[Object]) -> Iterator[str]:
    if port.get("protocol", "TCP") != "TCP":
        return
    for owner in owners:
        if not has_port(ports(owner), port.get("port")):
            yield f"{entry.at(where)}: the pods of {owner.name} have no port {port.get('port')}"


def check(render: Render) -> list[str]:
    return [finding for rule in (_workloads, _services, _monitors, _budgets, _scalers, _volumes,
                                 _sizes, _policies) for finding in rule(render)]
