"""Which folder may include which: the arrows of ARCHITECTURE.md against #include lines and USES."""

import re
from pathlib import PurePosixPath

from source import Finding, Source, Target, Tree

# Bytes and values in, bytes and values out: nothing here may know a transport or a database.
CORE_LIBRARIES = {"base", "bitcoin", "payout", "noise", "retarget", "sv1", "sv2", "mining"}
SHELL_ONLY = re.compile(r"\.pb\.h$|^zmq|^zeromq/|^grpc|^google/|^hiredis/|^boost/asio|^boost/beast")

# Who calls whom over gRPC. What comes back is an answer or a stream, so this must have no cycle.
CALLS = {
    "gateway": {"template", "vardiff"},
    "channel-manager": {"template"},
    "template": set(),
    "vardiff": set(),
    "translator": set(),
    "admin": {"gateway", "channel-manager", "template", "vardiff", "translator"},
}

# What a header needs in USES, for what is not ours.
PACKAGES = [
    (re.compile(r"^boost/"), "asio"),
    (re.compile(r"^(capnp|kj)/"), "capnp"),
    (re.compile(r"^CLI/"), "cli11"),
    (re.compile(r"^google/protobuf|^grpc(pp)?/"), "grpc"),
    (re.compile(r"^hiredis/"), "hiredis"),
    (re.compile(r"^libpq-fe\.h"), "libpq"),
    (re.compile(r"^nlohmann/"), "nlohmann_json"),
    (re.compile(r"^openssl/"), "openssl_crypto"),
    (re.compile(r"^prometheus/"), "prometheus"),
    (re.compile(r"^secp256k1"), "secp256k1"),
    (re.compile(r"^simdjson\.h"), "simdjson"),
    (re.compile(r"^sodium"), "sodium"),
    (re.compile(r"^spdlog/"), "spdlog"),
    (re.compile(r"^tl/"), "expected"),
    (re.compile(r"^toml\+\+/"), "tomlplusplus"),
    (re.compile(r"^zmq\.h"), "zmq"),
]


def check(tree: Tree) -> list[Finding]:
    findings = []
    for source in tree.sources:
        for line, included in source.includes:
            for rule, advice in _include_problems(tree, source, included):
                findings.append(Finding(source.path, line, rule, advice))
    return findings + _cycles(tree) + _target_arrows(tree) + _unlisted(tree)


def _own_target(tree: Tree, source: Source) -> Target | None:
    name = source.folder.replace("-", "_")
    return tree.targets.get(name + "_core" if source.area == "services" else name)


def _include_problems(tree: Tree, source: Source, included: str):
    first = included.split("/")[0]
    libraries = {t.name for t in tree.targets.values() if t.kind == "pool_library"}
    services = {p.name for p in (tree.root / "services").glob("*") if p.is_dir()}

    if first in services and "/" in included and included.endswith(".h"):
        if source.area == "libs":
            yield "lib-includes-service", (
                f"a library knows no service; move what both need from {included} to libs/")
        elif source.area == "services" and source.folder != first:
            yield "service-includes-service", (
                f"services talk, they do not share code; move it from {included} to libs/")
        return
    if source.area == "libs" and source.folder in CORE_LIBRARIES and SHELL_ONLY.search(included):
        yield "core-includes-shell", (
            f"libs/{source.folder} is pure: convert to values where {included} is spoken")
    if call := re.match(r"adit/([^/]+)/.*\.grpc\.pb\.h$", included):
        callee = call.group(1).replace("_", "-")
        # The bus and control contracts belong to no single service.
        if (source.area == "services" and callee in CALLS and callee != source.folder
                and callee not in CALLS.get(source.folder, set())):
            yield "call-against-arrows", (
                f"{source.folder} does not call {callee}; answer or publish an event instead")
        return

    own = _own_target(tree, source)
    if own is None:
        return
    reach = tree.reach(own.name)
    if first in libraries and "/" in included and first not in reach:
        yield "missing-use", f"add {first} to the USES of {own.name} in {own.path}, if the arrows allow"
    for pattern, package in PACKAGES:
        if pattern.search(included) and package not in reach:
            yield "missing-use", f"add {package} to the USES of {own.name} in {own.path}"


def _target_arrows(tree: Tree) -> list[Finding]:
    """A USES list may point against the arrows without any include yet."""
    findings = []
    for target in tree.targets.values():
        for used in target.uses:
            other = tree.targets.get(used)
            if other is None or other.kind != "pool_service":
                continue
            if target.kind == "pool_library":
                findings.append(Finding(target.path, target.line, "lib-uses-service",
                                        f"{target.name} is a library; it cannot use {used}"))
            if target.kind == "pool_service":
                findings.append(Finding(target.path, target.line, "service-uses-service",
                                        f"{target.name} and {used} talk, they do not link"))
    return findings


def _cycles(tree: Tree) -> list[Finding]:
    graphs = [({t.name: t.uses for t in tree.targets.values()}, "cycle"), (CALLS, "call-cycle")]
    findings = []
    for graph, rule in graphs:
        for start in sorted(graph):
            if cycle := _cycle_from(graph, start):
                target = tree.targets.get(start)
                findings.append(Finding(target.path if target else "tools/check-layers/layers.py",
                                        target.line if target else 1, rule,
                                        "move what both need below both: " + " -> ".join(cycle)))
                break
    return findings


def _cycle_from(graph, start: str) -> list[str]:
    todo, seen = [[start]], set()
    while todo:
        way = todo.pop()
        for following in graph.get(way[-1], ()):
            if following == start:
                return way + [start]
            if following not in seen:
                seen.add(following)
                todo.append(way + [following])
    return []


def _unlisted(tree: Tree) -> list[Finding]:
    """A test that no CMakeLists.txt names never runs, and nobody misses it."""
    findings = []
    for source in tree.sources:
        if not source.path.endswith(".cpp"):
            continue
        file = PurePosixPath(source.path)
        if source.area == "services" and file.name == "main.cpp":
            continue
        for folder in file.parents:
            lists = tree.root / folder / "CMakeLists.txt"
            if not lists.exists():
                continue
            name = file.relative_to(folder).as_posix()
            words = re.split(r"[\s()\"/${}]+", lists.read_text(encoding="utf-8"))
            if name not in words and file.name not in words:
                findings.append(Finding(source.path, 1, "unlisted",
                                        f"name it in {folder}/CMakeLists.txt, or delete it"))
            break
    return findings
