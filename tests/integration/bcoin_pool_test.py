#!/usr/bin/env python3
"""The pool mines on a full node that nobody here wrote.

Usage: bcoin_pool_test.py FOLDER_OF_PROGRAMS FOLDER_FOR_BCOIN
"""

import os
import subprocess
import sys
import tempfile
import time
import types
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import bcoin
import journal
from dev_up import run_auditor
from link import Link
from processes import Process, Redis, Service, free_port, wait_until, write_secret

BINARIES, FOLDER = (Path(argument).resolve() for argument in sys.argv[1:3])
SCRIPT = "0014" + "33" * 20
# Regtest's addresses for the public keys of the secrets 2 and 3, with their scripts.
SOLO = {"standard": ("bcrt1qq6hag67dl53wl99vzg42z8eyzfz2xlkvwk6f7m",
                     "001406afd46bcdfd22ef94ac122aa11f241244a37ecc"),
        "extended": ("bcrt1q0ht9tyks4vh7p5p904t340cr9nvahy7uevmqwj",
                     "00147dd65592d0ab2fe0d0257d571abf032cd9db93dc")}
FEE_BASIS_POINTS = 150
SATOSHI = 100_000_000
BLOCKS = 3
# Longer by ADIT_NODE_DOWN_SECONDS=60; the alarm comes after ten.
DOWN_SECONDS = float(os.environ.get("ADIT_NODE_DOWN_SECONDS", "12"))
FOUND = 'adit_template_blocks_total{stage="found"}'
SKIPPED = 77  # ctest's SKIP_RETURN_CODE


class Pool:
    """Every service, one worker, in a folder; the miner is the test's."""

    def __init__(self, test: unittest.TestCase, folder: Path, node: bcoin.Node, payout: dict):
        self.folder = folder
        self._test = test
        self.authority = self._make_keys()
        write_secret(folder / "password", node.password + "\n")
        (folder / "password").chmod(0o600)
        self.redis = Redis(folder)
        test.addCleanup(self.redis.__exit__)
        self.address = f"127.0.0.1:{free_port()}"
        bus = f"127.0.0.1:{free_port()}"
        redis = {"address": self.redis.address}
        self.template = self._service("adit-template", {
            "network": "regtest", "redis": redis, "spool": {"directory": "spool"},
            "nodes": [{"name": "bcoin", "kind": "bitcoind", "url": node.url, "user": node.user,
                       "password_file": "password", "poll_interval": "100ms"}]})
        self.vardiff = self._service("adit-vardiff", {"redis": redis})
        templates = {"replicas": [self.template.grpc]}
        self.worker = self._service("adit-channel-manager", {
            "network": "regtest", "redis": redis, "bus": {"gateways": [bus]},
            "templates": templates, "payout": payout,
            "shares": {"per_minute": 120, "easiest_difficulty": 1e-9}})
        self.gateway = self._service("adit-gateway", {
            "listen": {"address": self.address}, "bus": {"listen": bus}, "redis": redis,
            "noise": {"key_file": "gateway.key", "certificate_file": "gateway.cert"},
            "templates": templates, "vardiff": {"replicas": [self.vardiff.grpc]}})
        for service in self.services:
            service.start()
        for service in self.services:
            wait_until(service.is_ready, f"{service.command[0]} to be ready")

    @property
    def services(self) -> list[Service]:
        return [self.template, self.vardiff, self.worker, self.gateway]

    def accepted(self) -> int:
        return int(self.template.metric('adit_template_blocks_total{stage="accepted"}'))

    def log(self) -> str:
        return "\n".join(service.text()[-1500:] for service in self.services)

    def _service(self, program: str, config: dict) -> Service:
        service = Service(BINARIES / program, self.folder, config)
        self._test.addCleanup(service.__exit__)
        return service

    def _make_keys(self) -> str:
        """Returns the authority's public key."""
        def aditctl(*words: str) -> str:
            return subprocess.run([str(BINARIES / "aditctl"), "keys", *words], cwd=self.folder,
                                  check=True, capture_output=True, text=True).stdout

        said = aditctl("authority", "--out", "authority.key")
        aditctl("gateway", "--out", "gateway.key")
        aditctl("sign", "--authority", "authority.key", "--gateway", "gateway.key", "--out",
                "gateway.cert")
        return said.split()[-1]


class Bcoin(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="adit-pool-bcoin-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.node = bcoin.Node(FOLDER)
        self.addCleanup(self.node.stop)

    def mine(self, pool: Pool, kind: str, user: str = "a") -> list[dict]:
        """Mines with one channel until so many blocks are accepted; returns the journal. Slowly:
        to regtest every other hash is a block."""
        path = self.folder / f"{kind}.journal"
        miner = Process([str(BINARIES / "adit-miner"), "--url",
                         f"stratum2+tcp://{pool.address}/{pool.authority}", "--user", f"{user}.{kind}",
                         f"--{kind}", "1", "--threads", "1", "--throttle", "10", "--journal",
                         str(path)], self.folder / f"{kind}.log")
        before = pool.accepted()
        started = time.monotonic()
        with miner:
            miner.start()
            wait_until(lambda: pool.accepted() >= before + BLOCKS,
                       f"{BLOCKS} blocks to be accepted; {pool.log()}")
            print(f"{kind}: {pool.accepted() - before} blocks accepted in "
                  f"{time.monotonic() - started:.1f} s", flush=True)
            self.assertEqual(miner.stop(), 0, miner.text())
        return journal.read(path)

    def blocks_of(self, events: list[dict]) -> list[tuple[dict, dict]]:
        """Those shares whose block is in the node's chain, each with that block."""
        found = []
        for share in (event for event in events if event["event"] == "share"):
            try:
                block = self.node.rpc("getblock", share["hash"], True, True)
            except bcoin.RpcError:
                continue
            if block["confirmations"] > 0:
                found.append((share, block))
        return found

    def check(self, kind: str, events: list[dict], parts: list[tuple[str, int]]) -> int:
        """Each block names the channel that found it and pays those parts, each a script and its
        basis points, the first also what rounding leaves; returns how many."""
        opened = [event for event in events if event["event"] == "channel_opened"]
        self.assertEqual([event["kind"] for event in opened], [kind])
        prefix = opened[0]["extranonce_prefix"]
        blocks = self.blocks_of(events)
        for share, block in blocks:
            with self.subTest(kind=kind, height=block["height"]):
                self.assertEqual(share["extranonce_prefix"], prefix)
                coinbase = block["tx"][0]
                amounts = [round(out["value"] * SATOSHI) for out in coinbase["vout"]]
                # All of it: what else there is carries no value.
                value = sum(amounts[:len(parts)])
                self.assertEqual(value, sum(amounts))
                self.assertGreater(value, 0)
                shares = [value * points // 10_000 for _, points in parts]
                shares[0] = value - sum(shares[1:])
                self.assertEqual(
                    [(out["scriptPubKey"]["hex"], amount)
                     for out, amount in zip(coinbase["vout"], amounts)][:len(parts)],
                    [(script, share) for (script, _), share in zip(parts, shares)])
                script_sig = coinbase["vin"][0]["coinbase"]
                self.assertTrue(script_sig.endswith(prefix + share["extranonce"]), script_sig)
                print(f"block {block['height']} {block['hash'][:16]}: scriptSig {script_sig}, "
                      f"prefix {prefix}", flush=True)
        return len(blocks)

    def test_three_blocks_of_each_kind_of_channel_pay_us_and_name_the_channel(self):
        self.node.mature()
        pool = Pool(self, self.folder, self.node, {"script": SCRIPT})
        kinds = ("standard", "extended")
        for kind in kinds:
            self.assertGreaterEqual(self.check(kind, self.mine(pool, kind), [(SCRIPT, 10_000)]),
                                    BLOCKS)
        self.assertEqual(pool.template.metric('adit_template_blocks_total{stage="rejected"}'), 0)
        status, said = run_auditor(BINARIES, pool.redis.address,
                                   [self.folder / f"{kind}.journal" for kind in kinds])
        print(said.strip(), flush=True)
        self.assertEqual(status, 0, said)

    def test_a_block_found_while_the_node_is_down_is_the_next_one_and_mining_goes_on_upon_it(self):
        self.node.mature()
        link = Link(self.node.port)
        self.addCleanup(link.down)
        link.up()
        behind = types.SimpleNamespace(url=link.url, user=self.node.user,
                                       password=self.node.password)
        pool = Pool(self, self.folder, behind, {"script": SCRIPT})
        def mine_until(claim, what: str) -> dict[str, dict]:
            """The shares by their hash. Slowly: to regtest every other hash is a block."""
            path = self.folder / f"{what}.journal"
            with Process([str(BINARIES / "adit-miner"), "--url",
                          f"stratum2+tcp://{pool.address}/{pool.authority}", "--user", "a.b",
                          "--extended", "1", "--threads", "1", "--throttle", "2", "--journal",
                          str(path)], self.folder / f"{what}.log") as miner:
                miner.start()
                wait_until(claim, f"{what}; {pool.log()}")
                self.assertEqual(miner.stop(), 0, miner.text())
            return {e["hash"]: e for e in journal.read(path) if e["event"] == "share"}

        mine_until(lambda: pool.accepted() >= 1, "a first block")
        wait_until(lambda: pool.template.metric("adit_template_spool_depth") == 0, "its end")
        height = self.node.rpc("getblockcount")
        link.down()
        down_at = time.monotonic()
        found = pool.template.metric(FOUND)
        meanwhile = mine_until(lambda: pool.template.metric(FOUND) > found, "a block meanwhile")
        wait_until(lambda: "stage=block" in pool.template.text(), "the alarm")
        time.sleep(max(0.0, down_at + DOWN_SECONDS - time.monotonic()))
        self.assertEqual(self.node.rpc("getblockcount"), height)
        link.up()
        wait_until(lambda: self.node.rpc("getblockcount") == height + 1,
                   f"the block to be the next one; {pool.log()}")
        self.assertIn(self.node.rpc("getblockhash", height + 1), meanwhile)
        later = mine_until(lambda: self.node.rpc("getblockcount") >= height + 4, "blocks upon it")
        for above in range(2, 5):
            self.assertIn(self.node.rpc("getblockhash", height + above), later)

    def test_solo_blocks_pay_their_finder_and_the_fee(self):
        self.node.mature()
        pool = Pool(self, self.folder, self.node,
                    {"mode": "solo", "fee_basis_points": FEE_BASIS_POINTS, "script": SCRIPT})
        for kind, (address, script) in SOLO.items():
            parts = [(script, 10_000 - FEE_BASIS_POINTS), (SCRIPT, FEE_BASIS_POINTS)]
            self.assertGreaterEqual(self.check(kind, self.mine(pool, kind, address), parts), BLOCKS)
        self.assertEqual(pool.template.metric('adit_template_blocks_total{stage="rejected"}'), 0)


if __name__ == "__main__":
    try:
        bcoin.install(FOLDER)
    except bcoin.Unavailable as reason:
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
