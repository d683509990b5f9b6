#!/usr/bin/env python3
"""The template service with several full nodes: who leads, who is refused, and what happens when
they go and come back.

The nodes are Bitcoin Cores where there is one (see bitcoin_core.py), else bcoins.

Usage: nodes_test.py ADIT_TEMPLATE ADITCTL FOLDER_FOR_BCOIN
"""

import re
import subprocess
import sys
import tempfile
import time
import unittest
from datetime import datetime
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import bcoin
import bitcoin_core
from fake_node import FakeNode
from link import Link
from processes import Redis, Service, wait_until, write_secret

PROGRAM, ADITCTL, BCOIN_FOLDER = (Path(argument) for argument in sys.argv[1:4])
SKIPPED = 77  # ctest's SKIP_RETURN_CODE
DOWN_S = 60


class CoreNode:
    """A Bitcoin Core, as these tests use a node."""

    def __init__(self, folder: Path, ipc: bool = False):
        self.node = bitcoin_core.Node(folder, zmq=False, ipc=ipc)
        self.access = {"cookie_file": str(self.node.cookie)}

    def start_chain(self) -> None:
        self.node.generate(3)

    def mine(self, count: int = 1) -> None:
        self.node.generate(count)

    def kill(self) -> None:
        self.node.kill()


class BcoinNode:
    """A bcoin, as these tests use a node."""

    def __init__(self, folder: Path):
        self.node = bcoin.Node(BCOIN_FOLDER)
        write_secret(folder / "bcoin-password", self.node.password + "\n")
        self.access = {"user": self.node.user, "password_file": str(folder / "bcoin-password")}

    def start_chain(self) -> None:
        self.node.mature()

    def mine(self, count: int = 1) -> None:
        self.node.rpc("generatetoaddress", count, self.node.address())

    def kill(self) -> None:
        self.node.kill()


def copy_chain(source, target) -> None:
    """Gives a node the blocks of another one that it lacks."""
    for height in range(target.node.rpc("getblockcount") + 1,
                        source.node.rpc("getblockcount") + 1):
        block = source.node.rpc("getblock", source.node.rpc("getblockhash", height), False)
        target.node.rpc("submitblock", block)


class Nodes(unittest.TestCase):
    make_node = None  # CoreNode or BcoinNode

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="adit-nodes-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        redis = Redis(self.folder)
        self.addCleanup(redis.__exit__)
        self.redis = redis.address

    def nodes(self, count: int) -> list:
        """So many, on one tip."""
        nodes = []
        for _ in range(count):
            nodes.append(type(self).make_node(self.folder))
            self.addCleanup(nodes[-1].node.stop)
        nodes[0].start_chain()
        for node in nodes[1:]:
            copy_chain(nodes[0], node)
        return nodes

    @staticmethod
    def table(name: str, node, port: int | None = None) -> dict:
        return {"name": name, "kind": "bitcoind",
                "url": f"http://127.0.0.1:{port or node.node.port}", "poll_interval": "100ms",
                **node.access}

    def service(self, tables: list[dict], **config) -> Service:
        service = Service(PROGRAM, self.folder, {
            "network": "regtest", "nodes": tables, "redis": {"address": self.redis},
            "spool": {"directory": "spool"}, "log": {"level": "debug"}, **config})
        self.addCleanup(service.__exit__)
        service.start_and_wait()
        return service

    @staticmethod
    def value(service: Service, name: str, what: str) -> float:
        return service.metric(f'adit_template_node_{what}{{node="{name}"}}')

    def wait_for(self, service: Service, name: str, **what: float) -> None:
        for series, value in what.items():
            try:
                wait_until(lambda s=series, v=value: self.value(service, name, s) == v,
                           f"{name}'s {series} to be {value}", 60)
            except AssertionError as error:
                raise AssertionError(f"{error}\n{service.text()[-3000:]}") from error

    @staticmethod
    def lines(service: Service, *words: str) -> list[tuple[float, str]]:
        """Log lines with all of these words, each with its time."""
        return [(datetime.fromisoformat(line.split()[0].removeprefix("time=")).timestamp(), line)
                for line in service.text().splitlines()
                if line.startswith("time=") and all(word in line for word in words)]

    def heights(self, service: Service) -> list[int]:
        """Of the blocks that templates were for, in order."""
        return [int(re.search(r"height=(\d+)", line)[1])
                for _, line in self.lines(service, "level=debug", 'message="template"')]

    def leader(self, service: Service, names) -> str:
        leading = wait_until(lambda: [name for name in names
                                      if self.value(service, name, "leads")], "a leader")
        self.assertEqual(len(leading), 1)
        return leading[0]

    def test_moves_to_another_within_a_second_when_the_leader_is_killed(self):
        nodes = dict(zip("abc", self.nodes(3)))
        service = self.service([self.table(*entry) for entry in nodes.items()])
        for name in nodes:
            self.wait_for(service, name, usable=1)
        first = self.leader(service, nodes)
        tip = nodes[first].node.rpc("getblockcount")
        killed_at = time.time()
        nodes[first].kill()
        self.wait_for(service, first, leads=0, up=0, usable=0)
        second = self.leader(service, set(nodes) - {first})
        self.wait_for(service, second, switches_total=1)
        wait_until(lambda: self.value(service, second, "templates_total") > 0, "its template")
        (noticed_at, _), = self.lines(service, "node is refused", f"node={first} ")
        led_at, line = self.lines(service, "node leads", f"node={second}")[-1]
        self.assertIn(f"{first} is refused: ", line)
        print(f"the leader was killed; noticed after {noticed_at - killed_at:.3f} s, another led "
              f"{led_at - noticed_at:.3f} s later", flush=True)
        self.assertLess(led_at - noticed_at, 1)
        self.assertEqual(set(self.heights(service)), {tip + 1}, "no other tip in between")

        # A block of the second one's; the third is never asked to lead.
        nodes[second].mine()
        wait_until(lambda: service.metric("adit_template_height") == tip + 2, "the next tip")
        self.assertEqual(self.leader(service, nodes), second)
        said = subprocess.run([ADITCTL, "direct", "nodes", "--template", service.grpc], check=True,
                              capture_output=True, text=True, timeout=30).stdout
        self.assertRegex(said, rf"(?m)^{second} usable leads kind=bitcoind address=http://127\.0")
        self.assertRegex(said, rf"(?m)^{first} refused kind=bitcoind .*\n    \S+")
        self.assertRegex(said, rf"height={tip + 1} ")
        self.assertEqual(service.stop(), 0)

    def test_moves_from_a_node_by_rpc_to_one_by_ipc(self):
        try:
            bitcoin_core.find(ipc=True)
        except bitcoin_core.Unavailable:
            self.skipTest("no Bitcoin Core that serves IPC")
        by_ipc = CoreNode(self.folder, ipc=True)
        self.addCleanup(by_ipc.node.stop)
        by_rpc = CoreNode(self.folder)
        self.addCleanup(by_rpc.node.stop)
        by_ipc.start_chain()
        copy_chain(by_ipc, by_rpc)
        by_rpc.mine(5)
        service = self.service([
            {"name": "ipc", "kind": "ipc", "socket": str(by_ipc.node.ipc)},
            self.table("rpc", by_rpc)])
        self.wait_for(service, "ipc", up=1, usable=0, lag_blocks=5)
        self.wait_for(service, "rpc", leads=1)
        copy_chain(by_rpc, by_ipc)
        self.wait_for(service, "ipc", usable=1, lag_blocks=0)
        by_rpc.kill()
        self.wait_for(service, "ipc", leads=1)
        tip = by_ipc.node.rpc("getblockcount")
        by_ipc.mine()
        wait_until(lambda: service.metric("adit_template_height") == tip + 2, "the next tip")
        self.assertEqual(self.heights(service), sorted(self.heights(service)))
        self.assertEqual(service.stop(), 0)

    def test_refuses_a_lagging_node_and_goes_on_without_those_that_never_will(self):
        good, behind = self.nodes(2)
        write_secret(self.folder / "wrong", "nobody:nothing\n")
        good.mine(5)
        foreign = FakeNode(200, {"id": 1, "error": None, "result": {"chain": "main"}})
        locked = FakeNode(401, {})
        with foreign, locked:
            service = self.service(
                [{"name": "foreign", "kind": "bitcoind", "url": foreign.url,
                  "cookie_file": "wrong"},
                 {"name": "locked", "kind": "bitcoind", "url": locked.url, "cookie_file": "wrong"},
                 self.table("behind", behind), self.table("good", good)])
            self.wait_for(service, "good", usable=1, leads=1)
            self.wait_for(service, "behind", usable=0, lag_blocks=5, up=1)
            for name, reason in (("foreign", "is on chain 'main', configured network is 'regtest'"),
                                 ("locked", "refuses our credentials"),
                                 ("behind", "is 5 blocks behind good")):
                self.wait_for(service, name, usable=0)
                self.assertTrue(self.lines(service, "node is refused", f"node={name}", reason),
                                service.text())
            self.assertEqual(service.get("/readyz")[0], 200)
            copy_chain(good, behind)
            self.wait_for(service, "behind", usable=1, lag_blocks=0)
            behind.mine()  # whoever is first with a block gives its template
            wait_until(lambda: self.value(service, "behind", "templates_total") > 0,
                       "a template of the one that was behind")
            self.assertEqual(self.heights(service), sorted(self.heights(service)))
            self.assertEqual(service.stop(), 0)

    def test_says_that_all_nodes_are_down_and_gives_no_work_on_a_dead_tip_afterwards(self):
        nodes = dict(zip("ab", self.nodes(2)))
        links = {name: self.enterContext(Link(node.node.port)) for name, node in nodes.items()}
        for link in links.values():
            link.up()
        service = self.service([self.table(name, node, links[name].port)
                                for name, node in nodes.items()])
        for name in nodes:
            self.wait_for(service, name, usable=1)
        tip = nodes["a"].node.rpc("getblockcount")

        shut_at = time.monotonic()
        for link in links.values():
            link.down()
        status, text = wait_until(
            lambda: (answer := service.get("/readyz"))[0] == 503 and answer, "the alarm")
        print(f"alarm after {time.monotonic() - shut_at:.3f} s: {text.strip()}", flush=True)
        self.assertRegex(text, r"node: a: .*; b: ")
        for name in nodes:
            self.wait_for(service, name, up=0, usable=0, leads=0)
        self.assertTrue(self.lines(service, "level=error", "no node can be used"))

        # The chain goes on without us; a stays behind for a while when it is back.
        nodes["b"].mine(4)
        wait_until(lambda: time.monotonic() - shut_at >= DOWN_S, "the nodes to be down", 2 * DOWN_S)
        before = len(self.heights(service))
        self.assertEqual(set(self.heights(service)), {tip + 1})
        opened_at = time.monotonic()
        links["b"].up()
        wait_until(lambda: service.get("/readyz")[0] == 200, "the recovery")
        wait_until(lambda: service.metric("adit_template_height") == tip + 5, "the new tip")
        print(f"recovered after {time.monotonic() - opened_at:.3f} s", flush=True)
        links["a"].up()
        self.wait_for(service, "a", up=1, usable=0, lag_blocks=4)
        copy_chain(nodes["b"], nodes["a"])
        self.wait_for(service, "a", usable=1)
        self.assertEqual(set(self.heights(service)[before:]), {tip + 5})
        self.assertEqual(service.stop(), 0)


if __name__ == "__main__":
    try:
        print(bitcoin_core.version(bitcoin_core.find()), flush=True)
        Nodes.make_node = CoreNode
    except bitcoin_core.Unavailable:
        try:
            bcoin.install(BCOIN_FOLDER)
            print(f"bcoin {bcoin.VERSION}", flush=True)
            Nodes.make_node = BcoinNode
        except bcoin.Unavailable as reason:
            print(f"skipped: no Bitcoin Core, and {reason}")
            sys.exit(SKIPPED)
    unittest.main(argv=sys.argv[:1] + sys.argv[4:], verbosity=2)
