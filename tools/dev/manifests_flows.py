"""Network policies against who talks to whom. That is not written down a second time: it is read
out of the configuration files and scripts that the pods mount, which name services and ports."""

import re
from dataclasses import dataclass
from typing import Iterator

import manifests_operator
from manifests_links import matches, selected
from manifests_render import Object, Render, pod_labels, pod_spec, ports

_ADDRESS = re.compile(r"([a-z0-9][a-z0-9.-]*):(\d{2,5})\b")
_MEMBER = re.compile(r"(?:[a-z0-9-]+|\))\.([a-z0-9-]+)\b")  # redis-0.redis, $(hostname).redis
_MONITOR = re.compile(r"^sentinel monitor \S+ (\S+) (\d+) ", re.MULTILINE)


@dataclass(frozen=True)
class Flow:
    source: str  # names of workloads
    target: str
    port: int
    why: str


def _files(render: Render, workload: Object) -> Iterator[tuple[str, str]]:
    """Names and texts of what its pods mount of ConfigMaps."""
    for volume in pod_spec(workload).get("volumes", []):
        for source in volume.get("projected", {}).get("sources", [volume]):
            name = source.get("configMap", {}).get("name")
            if name is None:
                continue
            entry = render.find("ConfigMap", name)
            if entry is not None:
                yield from entry.get("data", {}).items()
            else:
                yield from manifests_operator.texts("ConfigMap", name).items()


def _number(port, target: Object) -> int | None:
    """Of a port that may be a name of the target's."""
    if isinstance(port, int):
        return port
    return next((entry["containerPort"] for entry in ports(target) if entry.get("name") == port),
                None)


def _behind(render: Render, host: str, port: int | None) -> Iterator[tuple[Object, int]]:
    """The workloads behind a name, and the ports of their pods; for None all that it offers."""
    service = render.find("Service", host.rpartition(".")[2])
    if service is None:
        return
    for target in selected(render, {"matchLabels": service.get("spec.selector", {})}):
        for entry in service.get("spec.ports", []):
            number = _number(entry.get("targetPort", entry["port"]), target)
            if number is not None and port in (None, entry["port"]):
                yield target, number


def _named(text: str, is_script: bool) -> Iterator[tuple[str, int | None]]:
    for host, port in _ADDRESS.findall(text):
        yield host, int(port)
    if is_script:
        for service in _MEMBER.findall(text):
            yield service, None


def needed(render: Render) -> set[Flow]:
    flows = set()
    for source in render.workloads():
        for name, text in _files(render, source):
            plain = "\n".join(line.partition("#")[0] for line in text.splitlines())
            for host, port in _named(plain, name.endswith(".sh")):
                for target, number in _behind(render, host, port):
                    flows.add(Flow(source.name, target.name, number, name))
    return flows | set(_told_by_sentinels(render, flows))


def _told_by_sentinels(render: Render, flows: set[Flow]) -> Iterator[Flow]:
    """Who asks a Sentinel goes where it says."""
    for flow in flows:
        target = next(entry for entry in render.workloads() if entry.name == flow.target)
        for _, text in _files(render, target):
            for host, port in _MONITOR.findall(text):
                for primary, number in _behind(render, host, int(port)):
                    yield Flow(flow.source, primary.name, number, flow.why)


def _rules(render: Render, way: str, pod: Object) -> list[tuple[Object, str, dict]] | None:
    """What is allowed; None where no policy speaks of that."""
    policies = [entry for entry in render.of("NetworkPolicy")
                if way.capitalize() in entry.get("spec.policyTypes", [])
                and matches(entry.get("spec.podSelector", {}), pod_labels(pod))]
    if not policies:
        return None
    return [(entry, f"spec.{way}[{number}]", rule) for entry in policies
            for number, rule in enumerate(entry.get(f"spec.{way}", []))]


def _is_peer(peers: list[dict], other: Object | None) -> bool:
    """`other` is None for the world."""
    if not peers:
        return True
    for peer in peers:
        if other is None:
            if peer.get("ipBlock") == {"cidr": "0.0.0.0/0"}:
                return True
        elif "ipBlock" not in peer and "namespaceSelector" not in peer:
            if matches(peer.get("podSelector", {}), pod_labels(other)):
                return True
        elif peer.get("namespaceSelector") == {} and matches(peer.get("podSelector", {}),
                                                             pod_labels(other)):
            return True
    return False


def _is_allowed(render: Render, way: str, pod: Object, other: Object | None, target: Object,
                port: int) -> bool:
    rules = _rules(render, way, pod)
    if rules is None:
        return True
    others = "from" if way == "ingress" else "to"
    for _, _, rule in rules:
        open_ports = [_number(entry.get("port"), target) for entry in rule.get("ports", [])
                      if entry.get("protocol", "TCP") == "TCP"]
        if (not rule.get("ports") or port in open_ports) and _is_peer(rule.get(others, []), other):
            return True
    return False


def _missing(render: Render, flows: set[Flow]) -> Iterator[str]:
    by_name = {entry.name: entry for entry in render.workloads()}
    for flow in sorted(flows, key=lambda flow: (flow.source, flow.target, flow.port)):
        source, target = by_name[flow.source], by_name[flow.target]
        if not _is_allowed(render, "egress", source, target, target, flow.port):
            yield (f"{source.at('egress')}: no NetworkPolicy lets it reach {flow.target}:"
                   f"{flow.port}, which its {flow.why} names")
        if not _is_allowed(render, "ingress", target, source, target, flow.port):
            yield (f"{target.at('ingress')}: no NetworkPolicy lets {flow.source} reach its port "
                   f"{flow.port}, which {flow.why} names")
    for service in render.of("Service"):
        if service.get("spec.type") != "LoadBalancer":
            continue
        for target, number in _behind(render, service.name, None):
            if not _is_allowed(render, "ingress", target, None, target, number):
                yield (f"{target.at('ingress')}: no NetworkPolicy lets the world reach its port "
                       f"{number}, which the Service {service.name} offers")


def _superfluous(render: Render, flows: set[Flow]) -> Iterator[str]:
    """Each pair of pods that a rule lets talk has something to say."""
    wanted = {(flow.source, flow.target, flow.port) for flow in flows}
    for pod in render.workloads():
        for way in ("ingress", "egress"):
            for policy, where, rule in _rules(render, way, pod) or []:
                for peer in rule.get("from" if way == "ingress" else "to", []):
                    if set(peer) != {"podSelector"}:
                        continue
                    for other in selected(render, peer["podSelector"]):
                        source, target = (other, pod) if way == "ingress" else (pod, other)
                        for entry in rule.get("ports", [{}]):
                            port = _number(entry.get("port"), target)
                            if (source.name, target.name, port) not in wanted:
                                yield (f"{policy.at(where)}: lets {source.name} reach "
                                       f"{target.name}:{port}, and no configuration of "
                                       f"{source.name} names it")


def _deny(render: Render) -> Iterator[str]:
    for way in ("Ingress", "Egress"):
        denies = [entry for entry in render.of("NetworkPolicy")
                  if entry.get("spec.podSelector") == {}
                  and way in entry.get("spec.policyTypes", [])
                  and not entry.get(f"spec.{way.lower()}")]
        if not denies:
            yield f"{render.name}: NetworkPolicy: none denies {way.lower()} to all pods"


def check(render: Render) -> list[str]:
    if not render.whole:
        return []
    flows = needed(render)
    found = [*_deny(render), *_missing(render, flows), *_superfluous(render, flows)]
    return sorted(set(found))
