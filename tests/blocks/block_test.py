#!/usr/bin/env python3
"""No block is lost: nodes that are down, restarts, a full disk, Redis away.

Usage: block_test.py ADIT_TEMPLATE TEMPLATE_PROBE ADITCTL FOLDER_FOR_BCOIN [TEST...]

ADIT_NODE_DOWN_SECONDS is how long a node is down: 12 unless it says otherwise.
"""

import hmac
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import bcoin
import bitcoin_core
from link import Link
from processes import Redis, Service, http_get, wait_until, write_secret

PROGRAM, PROBE, ADITCTL, BCOIN_FOLDER = (Path(argument).resolve() for argument in sys.argv[1:5])
DOWN_SECONDS = float(os.environ.get("ADIT_NODE_DOWN_SECONDS", "12"))
SCRIPT = "0014" + "22" * 20
DEVCHAIN = {"name": "devchain", "kind": "devchain", "difficulty": 4.7e-10, "block_interval": "1h",
            "refresh_interval": "0s"}
SKIPPED = 77  # ctest's SKIP_RETURN_CODE
# How long no node may have a block before the watchdog says so.
ALARM_SECONDS = 10


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="adit-block-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.redis = Redis(self.folder)
        self.addCleanup(self.redis.__exit__)

    def service(self, nodes: list[dict], spool: dict | None = None) -> Service:
        service = Service(PROGRAM, self.folder, {
            "network": "regtest", "redis": {"address": self.redis.address},
            "spool": {"directory": "spool", **(spool or {})}, "nodes": nodes})
        self.addCleanup(service.__exit__)
        return service

    def mine(self, service: Service, count: int = 1) -> list[dict]:
        """What the replica answered: each block is submitted twice."""
        done = subprocess.run([str(PROBE), service.grpc, "mine", str(count), SCRIPT],
                              capture_output=True, text=True, timeout=200, check=False)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout + service.text()[-3000:])
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

    def blocks(self, service: Service) -> list[dict]:
        done = subprocess.run([str(PROBE), service.grpc, "blocks"], capture_output=True, text=True,
                              timeout=120, check=True)
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

    def state(self, service: Service, block: str) -> str:
        return next(b["state"] for b in self.blocks(service) if b["hash"] == block)

    def aditctl(self, *words: str) -> list[dict]:
        done = subprocess.run([str(ADITCTL), "direct", "blocks", "--redis", self.redis.address,
                               "--output", "json", *words], capture_output=True, text=True, timeout=60,
                              check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def events(self, block: str) -> list[str]:
        """Each once, with the node where one is named, in the order of the stream."""
        return [e["event"] + (f" {e['node']}" if e["node"] else "")
                for e in self.aditctl("--events", "--count", "1000") if e["hash"] == block]

    def wait_for_event(self, block: str, event: str) -> None:
        wait_until(lambda: event in self.events(block), f"{event} of {block}")

    def wait_for_alarm(self, service: Service) -> None:
        wait_until(lambda: any("stage stands still" in line and "stage=block" in line
                               for line in service.text().splitlines()), "the alarm")
        self.assertGreaterEqual(service.metric("adit_stalls_total"), 1)


class OnDevchain(Case):
    """What needs no node of its own."""

    def test_tells_the_story_of_a_block(self):
        service = self.service([DEVCHAIN], {"confirmations": 2})
        service.start_and_wait()
        first, second = (a["hash"] for a in self.mine(service, 2)[::2])
        self.wait_for_event(first, "confirmed")
        self.assertEqual(self.events(first), ["found", "submitted devchain", "accepted devchain",
                                              "in_chain", "confirmed"])
        self.wait_for_event(second, "in_chain")
        newest, oldest = self.aditctl()
        self.assertEqual((newest["hash"], newest["state"]), (second, "in_chain"))
        self.assertEqual((oldest["hash"], oldest["state"]), (first, "confirmed"))
        self.assertEqual(oldest["user"], "probe.rig")
        self.assertEqual(oldest["channel"], f"{42:016x}")
        self.assertGreaterEqual(oldest["value_sat"], 50 * 100_000_000)
        self.assertEqual(oldest["nodes"][0]["answer"], "accepted")
        text = subprocess.run([str(ADITCTL), "direct", "blocks", "--redis", self.redis.address],
                              capture_output=True, text=True, check=True).stdout
        self.assertIn(f"1 {first} confirmed", text)

    def test_watches_blocks_as_they_come(self):
        service = self.service([DEVCHAIN])
        service.start_and_wait()
        with subprocess.Popen([str(ADITCTL), "direct", "blocks", "--watch", "--output", "json", "--redis",
                               self.redis.address], stdout=subprocess.PIPE, text=True) as watching:
            self.addCleanup(watching.kill)
            block = self.mine(service)[0]["hash"]
            seen = [json.loads(watching.stdout.readline()) for _ in range(3)]
            self.assertEqual([e["event"] for e in seen], ["found", "submitted", "accepted"])
            self.assertEqual({e["hash"] for e in seen}, {block})
            watching.kill()

    def test_loses_no_event_while_redis_is_away(self):
        service = self.service([DEVCHAIN])
        service.start_and_wait()
        self.redis.kill()
        block = self.mine(service)[0]["hash"]
        wait_until(lambda: service.metric('adit_template_blocks_total{stage="in_chain"}') == 1,
                   "the block to be in the chain without Redis")
        self.assertGreaterEqual(service.metric("adit_template_block_events_waiting"), 4)
        service.kill()  # what Redis does not have is on disk
        self.redis.start()
        service.start_and_wait()
        self.wait_for_event(block, "in_chain")
        self.assertEqual(self.events(block)[:4], ["found", "submitted devchain",
                                                  "accepted devchain", "in_chain"])
        wait_until(lambda: service.metric("adit_template_block_events_waiting") == 0, "the rest")

    def test_orphans_a_block_that_loses_its_place(self):
        """The chain begins anew with the process, so another block takes the place."""
        service = self.service([{**DEVCHAIN, "foreign_blocks": "1s"}])
        service.start_and_wait()
        block = self.mine(service)[0]["hash"]
        self.wait_for_event(block, "in_chain")
        service.kill()
        service.start_and_wait()
        self.wait_for_event(block, "orphaned")
        self.assertEqual(self.state(service, block), "STATE_ORPHANED")


class FullDisk(Case):
    """The spool on a small file system of its own, in a mount namespace."""

    def setUp(self):
        super().setUp()
        self.spool = self.folder / "spool"
        self.spool.mkdir()
        probe = subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "none", str(self.spool)],
                               capture_output=True, text=True, check=False)
        if probe.returncode != 0:
            self.skipTest(f"no mount namespace here: {probe.stderr.strip()}")
        self.template = self.service([DEVCHAIN])
        self.template.command = [
            "unshare", "-m", "sh", "-c",
            f'mount -t tmpfs -o size=256k none "{self.spool}" && exec "$@"', "sh",
            *self.template.command]
        self.template.start_and_wait()
        # The folder as the process sees it.
        self.inside = Path(f"/proc/{self.template._process.pid}/root{self.spool}")

    def fill(self) -> Path:
        filler = self.inside / "filler"
        with self.assertRaises(OSError), open(filler, "wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        return filler

    def test_submits_a_block_that_a_full_disk_does_not_take(self):
        filler = self.fill()
        refused, known = self.mine(self.template)
        self.assertEqual(refused, {"error": "unavailable"})
        self.assertIn("No space left on device", self.template.text())
        # The node has it, so whoever asks again is answered and need not wait for the disk.
        wait_until(lambda: self.template.metric(
            'adit_template_blocks_total{stage="accepted"}') == 1, "the block to be accepted")
        if "error" in known:
            self.assertEqual(known, {"error": "unavailable"})
        else:
            self.assertTrue(known["already_known"])
        filler.unlink()
        stored = self.mine(self.template)[0]
        self.assertFalse(stored["already_known"])
        self.assertTrue((self.inside / f"{stored['hash']}.block").exists())

    def test_submits_a_block_that_a_read_only_disk_does_not_take(self):
        subprocess.run(["nsenter", "-m", "-t", str(self.template._process.pid), "mount", "-o",
                        "remount,ro", str(self.spool)], check=True)
        self.assertEqual(self.mine(self.template)[0], {"error": "unavailable"})
        self.assertIn("Read-only file system", self.template.text())
        wait_until(lambda: self.template.metric(
            'adit_template_blocks_total{stage="accepted"}') == 1, "the block to be accepted")


class NodesDown:
    """With a node that nobody here wrote, reached by links that the test cuts."""

    def start_node(self):
        raise NotImplementedError

    def setUp(self):
        super().setUp()
        self.node, self.secret = self.start_node()
        self.addCleanup(self.node.stop)
        write_secret(self.folder / "password", self.secret[1] + "\n")
        self.links = [Link(self.node.port) for _ in range(2)]
        for link in self.links:
            self.addCleanup(link.down)

    def config(self, name: str, link: Link) -> dict:
        return {"name": name, "kind": "bitcoind", "url": link.url, "user": self.secret[0],
                "password_file": "password", "poll_interval": "100ms", "request_timeout": "3s"}

    def height(self) -> int:
        return self.node.rpc("getblockcount")

    def assert_works_on(self, service: Service) -> None:
        """The next block builds on the node's tip, and is accepted."""
        tip = self.height()
        wait_until(lambda: service.metric("adit_template_height") == tip + 1,
                   "a template on the node's tip")
        mined = self.mine(service)[0]
        self.assertEqual(mined["height"], tip + 1)
        self.wait_for_event(mined["hash"], "in_chain")
        self.assertEqual(self.node.rpc("getblockhash", tip + 1), mined["hash"])

    def test_delivers_a_block_when_the_node_is_back(self):
        link = self.links[0]
        link.up()
        service = self.service([self.config("node", link)])
        service.start_and_wait()
        before = self.height()
        link.down()
        went = time.monotonic()
        block = self.mine(service)[0]["hash"]
        self.assertEqual(self.state(service, block), "STATE_SPOOLED")
        self.wait_for_alarm(service)
        self.assertGreaterEqual(time.monotonic() - went, ALARM_SECONDS - 1)
        wait_until(lambda: service.get("/readyz")[0] == 503, "the service to be not ready")
        time.sleep(max(0.0, went + DOWN_SECONDS - time.monotonic()))
        self.assertEqual(self.height(), before)
        link.up()
        back = time.monotonic()
        self.wait_for_event(block, "accepted node")
        print(f"node down for {back - went:.0f} s, block accepted "
              f"{time.monotonic() - back:.1f} s after it was back", flush=True)
        self.assertEqual(self.node.rpc("getblockhash", before + 1), block)
        self.wait_for_event(block, "in_chain")
        self.assert_works_on(service)
        self.assertEqual(service.metric("adit_template_spool_depth"), 0)
        wait_until(lambda: http_get(service.http, "/readyz")[0] == 200, "readiness")

    def test_works_on_no_dead_tip_when_others_found_a_block_meanwhile(self):
        link = self.links[0]
        link.up()
        service = self.service([self.config("node", link)])
        service.start_and_wait()
        before = self.height()
        link.down()
        block = self.mine(service)[0]["hash"]
        self.node.rpc("generatetoaddress", 1, self.address())
        link.up()
        wait_until(lambda: self.state(service, block) != "STATE_SPOOLED",
                   "the node to have the block")
        wait_until(lambda: service.metric("adit_template_height") == before + 2,
                   "a template on the tip of others")
        self.node.rpc("generatetoaddress", 1, self.address())
        self.wait_for_event(block, "orphaned")
        self.assert_works_on(service)
        self.reorganise(service, block, before + 1)

    def reorganise(self, service: Service, block: str, height: int) -> None:
        """Where the node can be told to."""

    def test_submits_to_one_node_while_the_other_is_down(self):
        up, away = self.links
        up.up()
        service = self.service([self.config("away", away), self.config("up", up)])
        service.start_and_wait()
        block = self.mine(service)[0]["hash"]
        self.wait_for_event(block, "accepted up")
        self.assertEqual(service.metric('adit_template_blocks_waiting{node="away"}'), 1)
        self.assertEqual(service.metric("adit_template_spool_depth"), 0)
        away.up()
        self.wait_for_event(block, "accepted away")
        self.assertEqual(service.metric('adit_template_blocks_waiting{node="away"}'), 0)

    def test_submits_after_a_restart_what_no_node_had(self):
        link = self.links[0]
        link.up()
        service = self.service([self.config("node", link)])
        service.start_and_wait()
        link.down()
        block = self.mine(service)[0]["hash"]
        service.kill()
        service.start()
        wait_until(lambda: "asking it again" in service.text(), "the restarted service to ask")
        link.up()
        self.wait_for_event(block, "accepted node")
        self.assertEqual(self.node.rpc("getbestblockhash"), block)
        self.assertEqual(self.events(block).count("found"), 1, "a replay is not another event")


class OnBcoin(NodesDown, Case):
    def start_node(self):
        node = bcoin.Node(BCOIN_FOLDER)
        node.mature()
        return node, (node.user, node.password)

    def address(self) -> str:
        return self.node.address()


class OnBitcoinCore(NodesDown, Case):
    def start_node(self):
        password, salt = secrets.token_hex(16), secrets.token_hex(16)
        digest = hmac.new(salt.encode(), password.encode(), "sha256").hexdigest()
        # Its cookie changes with each start.
        node = bitcoin_core.Node(self.folder, f"-rpcauth=pool:{salt}${digest}")
        node.generate(1)
        return node, ("pool", password)

    def address(self) -> str:
        return self.node.rpc("decodescript", SCRIPT)["address"]

    def test_delivers_a_block_when_a_killed_node_starts_again(self):
        link = self.links[0]
        link.up()
        service = self.service([self.config("node", link)])
        service.start_and_wait()
        before = self.height()
        self.node.rpc("gettxoutsetinfo")  # writes what it has to disk: alone it cannot ask for it
        self.node.kill()
        block = self.mine(service)[0]["hash"]
        self.node.start()
        self.wait_for_event(block, "in_chain")
        self.assertEqual(self.node.rpc("getblockhash", before + 1), block)
        self.assert_works_on(service)

    def reorganise(self, service: Service, block: str, height: int) -> None:
        self.node.rpc("invalidateblock", self.node.rpc("getblockhash", height))
        wait_until(lambda: self.events(block)[-1] == "in_chain", "the block to be back")
        self.assertEqual(self.node.rpc("getblockhash", height), block)


if __name__ == "__main__":
    chosen = sys.argv[5:]
    try:
        if any(name.startswith("OnBcoin") for name in chosen):
            bcoin.install(BCOIN_FOLDER)
        if any(name.startswith("OnBitcoinCore") for name in chosen):
            print(bitcoin_core.version(bitcoin_core.find()), flush=True)
    except (bcoin.Unavailable, bitcoin_core.Unavailable) as reason:
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    unittest.main(argv=sys.argv[:1] + chosen, verbosity=2)
