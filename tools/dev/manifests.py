"""./dev manifests: are the manifests of deploy/kubernetes what Kubernetes takes, and of one piece?

Renders every overlay, and every component on the base, with `kubectl kustomize`, without a cluster.
Each object is compared with the types of Kubernetes 1.30, of KEDA and of the Prometheus operator,
in TypeScript: unknown fields and wrong types fail. Then what types cannot see: selectors, ports,
volumes, probes and targets of scalers name what is there; network policies allow what the
configuration files name, and nothing else; pods are locked down, spread and ended in time; metrics
that scale exist, and so do images.

kubectl is the PATH's, or comes from an npm package where that one cannot render; the types come
from the npm registry the first time.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

import manifests_flows
import manifests_images
import manifests_links
import manifests_rules
import manifests_tools
import manifests_types
from console import Failure, run_verb, say
from manifests_render import ROOT, Render, render_all

CHECKS = (manifests_links.check, manifests_flows.check, manifests_rules.check,
          manifests_images.check)
RULE_WRITER = ROOT / "tools" / "monitoring" / "prometheus_rule.py"


def findings(renders: list[Render], packages: Path) -> list[str]:
    """What is wrong, each once: the base is in every render. The rest trusts the types."""
    found = dict.fromkeys(manifests_types.check(renders, packages))
    if found:
        return list(found)
    for render in renders:
        for check in CHECKS:
            found |= dict.fromkeys(check(render))
    return list(found)


def _written() -> list[str]:
    done = subprocess.run([sys.executable, "-B", RULE_WRITER, "--check"], text=True,
                          capture_output=True, check=False)
    return [] if done.returncode == 0 else [done.stderr.strip()]


def manifests(folder: Path) -> str:
    started = time.monotonic()
    kubectl, packages = manifests_tools.kubectl(folder), manifests_tools.types(folder)
    renders = render_all(kubectl)
    for render in renders:
        say(f"{render.name}: {len(render.objects)} objects")
    wrong = findings(renders, packages) + _written()
    for finding in wrong:
        say(f"manifests: {finding}")
    if wrong:
        raise Failure(f"{len(wrong)} findings, see above; the first: {wrong[0]}")
    flows = max(len({(flow.source, flow.target, flow.port)
                     for flow in manifests_flows.needed(render)}) for render in renders)
    return (f"{len(renders)} renders with {sum(len(render.objects) for render in renders)} objects "
            f"are in order, up to {flows} flows allowed and no other, in "
            f"{time.monotonic() - started:.1f} s")


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev manifests", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", metavar="FOLDER", type=Path,
                        default=ROOT / "build" / "manifests",
                        help="where packages of npm are kept")
    parser.add_argument("--may-skip", action="store_true",
                        help="without kubectl or packages, say so and exit with 77")
    options = parser.parse_args()

    def verb() -> str:
        try:
            return manifests(options.packages.resolve())
        except manifests_tools.Unavailable as why:
            if options.may_skip:
                say(f"SKIP: {why}")
                sys.exit(77)
            raise Failure(str(why)) from why

    run_verb("dev manifests", verb)


if __name__ == "__main__":
    main()
