#!/usr/bin/env python3
"""The template service with a Bitcoin Core: how it hears of blocks, what it gives, what it says.

Usage: bitcoind_test.py ADIT_TEMPLATE TEMPLATE_PROBE
"""

import json
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import bitcoin_core
from processes import Redis, Service, free_port, wait_until, write_secret
from template_watch import Watch

PROGRAM, PROBE = (Path(argument) for argument in sys.argv[1:3])
SCRIPT = "0014" + "22" * 20
SATOSHI = 100_000_000
SKIPPED = 77  # ctest's SKIP_RETURN_CODE
# What no test waits for: the other ways must do.
NEVER = "60s"
BY = {
    "zmq": {"long_poll": False, "poll_interval": NEVER},
    "long poll": {"zmq_hashblock": "none", "poll_interval": NEVER},
    "poll": {"zmq_hashblock": "none", "long_poll": False, "poll_interval": "100ms"},
}


class BitcoinCore(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="adit-core-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def node(self, *options: str, **how) -> bitcoin_core.Node:
        node = bitcoin_core.Node(self.folder, *options, **how)
        self.addCleanup(node.stop)
        return node

    def service(self, node: bitcoin_core.Node, network: str = "regtest", **options) -> Service:
        redis = Redis(self.folder)
        self.addCleanup(redis.__exit__)
        service = Service(PROGRAM, self.folder, {
            "network": network, "redis": {"address": redis.address},
            "spool": {"directory": "spool"}, "log": {"level": "debug"},
            "nodes": [{"name": "core", "kind": "bitcoind", "url": node.url,
                       "cookie_file": str(node.cookie), **options}]})
        self.addCleanup(service.__exit__)
        return service

    def started(self, node: bitcoin_core.Node, **options) -> tuple[Service, Watch]:
        service = self.service(node, **options)
        self.addCleanup(lambda: self.show(service))
        service.start_and_wait()
        watch = Watch(PROBE, service, self.folder)
        self.addCleanup(watch.__exit__)
        return service, watch

    def show(self, service: Service) -> None:
        """What it said, where the test has failed."""
        if self._outcome.result.failures or self._outcome.result.errors:
            print(service.text()[-6000:], flush=True)

    def mine(self, service: Service, count: int) -> list[dict]:
        done = subprocess.run([str(PROBE), service.grpc, "mine", str(count), SCRIPT],
                              capture_output=True, text=True, timeout=200, check=False)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout + service.text()[-3000:])
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        return [line for line in lines if not line["already_known"]]

    def wait_for_ways(self, service: Service, ways: str) -> None:
        wait_until(lambda: f'ways="{ways}"' in service.text() or f"ways={ways}" in service.text(),
                   f"the service to hear of blocks by {ways}; {service.text()[-3000:]}")

    def test_each_way_alone_tells_of_a_new_block(self):
        for way, options in BY.items():
            with self.subTest(way=way):
                node = self.node()
                node.generate(1)
                service, watch = self.started(node, **options)
                self.wait_for_ways(service, way if way == "poll" else f"{way}, poll")
                took = []
                for _ in range(5):
                    begun = time.time_ns() // 1000
                    tip = node.generate(1)[0]
                    took.append(watch.wait_for(tip)[0]["at_us"] - begun)
                    time.sleep(0.2)
                print(f"{way}: a block is mined, and its first template is heard after "
                      f"{sorted(took)[2] / 1000:.1f} ms (median of 5)", flush=True)
                self.assertLess(max(took), 10e6)
                watch.stop()
                service.stop()
                service.__exit__()

    def leave_a_transaction(self, node: bitcoin_core.Node) -> str:
        """A block without the transaction that waits; returns its hash."""
        node.pay(10)
        return node.rpc("generateblock", bitcoin_core.NOBODY, [])["hash"]

    def check_early_and_full(self, early: dict, full: dict, height: int) -> None:
        subsidy = (50 * SATOSHI) >> (height // 150)
        self.assertEqual((early["path"], early["value"]), (0, subsidy))
        self.assertGreater(full["path"], 0)
        self.assertGreater(full["value"], subsidy)
        for key in ("height", "nbits", "min_ntime", "version", "prev_hash"):
            self.assertEqual(early[key], full[key], key)
        self.assertEqual(early["height"], height)

    def test_a_new_block_gives_an_early_and_then_a_full_template(self):
        for way in ("zmq", "poll"):
            with self.subTest(way=way):
                node = self.node()
                node.fund()
                service, watch = self.started(node, refresh_interval="10m", refresh_gain_sat=0,
                                              **BY[way])
                self.wait_for_ways(service, way if way == "poll" else f"{way}, poll")
                for _ in range(3):
                    tip = self.leave_a_transaction(node)
                    early, full = watch.wait_for(tip, 2)
                    self.check_early_and_full(early, full, node.rpc("getblockcount") + 1)
                    print(f"full template {(full['at_us'] - early['at_us']) / 1000:.1f} ms after "
                          "the early one", flush=True)
                watch.stop()
                service.stop()
                service.__exit__()

    def test_the_ways_that_come_later_change_nothing(self):
        node = self.node()
        node.fund()
        service, watch = self.started(node, refresh_interval="10m", refresh_gain_sat=0,
                                      poll_interval="50ms")
        self.wait_for_ways(service, "zmq, poll")
        for _ in range(5):
            tip = self.leave_a_transaction(node)
            watch.wait_for(tip)
            time.sleep(0.7)
            *early, full = watch.of_tip(tip)
            for each in early:
                self.check_early_and_full(each, full, node.rpc("getblockcount") + 1)
            self.assertGreater(full["path"], 0)
            self.assertLessEqual(len(early), 1)

    def test_early_templates_can_be_switched_off(self):
        node = self.node()
        node.fund()
        node.pay(10)
        service, watch = self.started(node, early_templates=False)
        self.wait_for_ways(service, "zmq, long poll, poll")
        for _ in range(3):
            tip = node.rpc("generateblock", bitcoin_core.NOBODY, [])["hash"]
            self.assertGreater(watch.wait_for(tip)[0]["path"], 0)

    def test_blocks_of_early_and_full_templates_are_accepted(self):
        node = self.node()
        node.fund()
        service, _ = self.started(node)
        before = node.rpc("getblockcount")
        mined = self.mine(service, 10)
        wait_until(lambda: service.metric('adit_template_blocks_total{stage="accepted"}') == 10,
                   "the blocks to be accepted")
        self.assertEqual(node.rpc("getblockcount"), before + 10)
        for block in mined:
            self.assertEqual(node.rpc("getblockhash", block["height"]), block["hash"])
        node.pay(20)
        full = self.mine(service, 2)
        wait_until(lambda: service.metric('adit_template_blocks_total{stage="accepted"}') == 12,
                   "the blocks to be accepted")
        sizes = [len(node.rpc("getblock", block["hash"])["tx"]) for block in mined + full]
        print(f"transactions in the blocks: {sizes}", flush=True)
        self.assertEqual(service.metric('adit_template_blocks_total{stage="rejected"}'), 0)

    def test_mines_through_a_new_period_and_a_halving(self):
        node = self.node()
        node.generate(140)
        service, watch = self.started(node)
        self.mine(service, 15)
        wait_until(lambda: service.metric('adit_template_blocks_total{stage="accepted"}') == 15,
                   "the blocks to be accepted")
        self.assertEqual(node.rpc("getblockcount"), 155)
        watch.wait_for(node.tip())
        values = {each["height"]: each["value"] for each in watch.seen()}
        self.assertEqual((values[149], values[150]), (50 * SATOSHI, 25 * SATOSHI))
        # Where version bits may change, the node is asked before anything is given.
        self.assertRegex(service.text(), "no early template.*version is not certain")

    def test_follows_a_chain_that_goes_back_and_forth(self):
        node = self.node()
        first, second = node.generate(2)
        for way, options in BY.items():
            if way == "zmq":
                options = {}  # alone it does not tell of a tip that goes back
            with self.subTest(way=way):
                service, watch = self.started(node, **options)
                watch.wait_for(second)
                count = len(watch.of_tip(first))
                node.rpc("invalidateblock", second)
                wait_until(lambda: len(watch.of_tip(first)) > count and
                           watch.seen()[-1]["prev_hash"] == first, "the tip to go back")
                node.rpc("reconsiderblock", second)
                wait_until(lambda: watch.seen()[-1]["prev_hash"] == second, "it to come back")
                watch.stop()
                service.stop()
                service.__exit__()

    def test_changes_over_to_the_longer_chain(self):
        ours, theirs = self.node(), self.node()
        common = ours.generate(3)[-1]
        ours.connect(theirs)
        wait_until(lambda: theirs.tip() == common, "both to have one chain")
        ours.disconnect()
        service, watch = self.started(ours)
        lost = ours.generate(1)[0]
        watch.wait_for(lost)
        equal = theirs.rpc("generatetodescriptor", 1, "raw(51)")[0]
        self.assertNotEqual(lost, equal)
        ours.connect(theirs)
        wait_until(lambda: len(ours.rpc("getchaintips")) == 2, "the other block of that height")
        time.sleep(0.5)
        self.assertEqual(watch.seen()[-1]["prev_hash"], lost, "the one that was first")
        won = theirs.generate(1)[0]
        watch.wait_for(won)
        self.assertEqual(watch.seen()[-1]["height"], 6)
        mined = self.mine(service, 1)
        self.assertEqual(ours.tip(), mined[0]["hash"])
        wait_until(lambda: theirs.tip() == mined[0]["hash"], "the network to have our block")

    def test_gives_templates_that_are_worth_more_sooner(self):
        node = self.node()
        node.fund()
        tip = node.tip()
        # The node's own limit: it makes a template no sooner than 5 s after the last.
        _, watch = self.started(node, refresh_interval="10m", refresh_gain_sat=5000, **BY["poll"])
        values = [each["value"] for each in watch.wait_for(tip)]
        self.assertEqual(len(values), 1)
        node.pay(10)  # some 1,400 satoshi
        time.sleep(8)
        self.assertEqual(len(watch.of_tip(tip)), 1, "not worth a job")
        begun = time.monotonic()
        node.pay(50)
        gained = watch.wait_for(tip, 2)[1]["value"] - values[0]
        print(f"{gained} satoshi more, given after {time.monotonic() - begun:.1f} s", flush=True)
        self.assertGreaterEqual(gained, 5000)

    def test_gives_templates_at_the_interval(self):
        node = self.node()
        node.fund()
        tip = node.tip()
        _, watch = self.started(node, refresh_interval="7s", refresh_gain_sat=0, **BY["poll"])
        node.pay(1)
        self.assertGreater(watch.wait_for(tip, 2)[1]["value"], watch.of_tip(tip)[0]["value"])

    def test_goes_on_with_a_node_that_was_started_again(self):
        node = self.node()
        node.generate(1)
        service, watch = self.started(node)
        cookie = node.cookie.read_text()
        for number, end in enumerate((node.stop, node.kill), 1):
            end()
            wait_until(lambda: not service.is_ready(), "the service to notice")
            self.assertIn("node", service.get("/readyz")[1])
            node.start()
            self.assertNotEqual(node.cookie.read_text(), cookie)
            wait_until(service.is_ready, "the service to be ready again")
            wait_until(lambda: service.text().count('ways="zmq, poll"') > number,
                       "ZeroMQ to live again")
            watch.wait_for(node.generate(1)[0])
        self.assertIn("nobody listens at", service.text())

    def test_the_long_poll_takes_over_from_zeromq(self):
        node = self.node()
        node.generate(1)
        service, watch = self.started(node, poll_interval=NEVER, zmq_hashblock=node.zmq)
        self.wait_for_ways(service, "zmq, poll")
        watch.wait_for(node.generate(1)[0])
        node.stop()
        node.zmq = ""  # started again, it publishes nothing
        wait_until(lambda: not service.is_ready(), "the service to notice", 90)
        node.start()
        wait_until(service.is_ready, "the service to be ready again")
        wait_until(lambda: 'ways="long poll, poll"' in service.text().rpartition("ready again")[2]
                   or service.text().rstrip().endswith('ways="long poll, poll"'),
                   "the long poll")
        for _ in range(3):
            watch.wait_for(node.generate(1)[0])

    def test_waits_for_a_node_that_has_not_started_yet(self):
        node = self.node()
        node.stop()
        service = self.service(node)
        service.start()
        wait_until(lambda: "cookie_file" in service.text(), "the reason")
        self.assertIn("is it running", service.text())
        node.start()
        wait_until(service.is_ready, "the service to be ready")

    def test_a_dead_publisher_costs_no_more_than_the_poll_interval(self):
        node = self.node(zmq=False)
        node.generate(1)
        service, watch = self.started(node, zmq_hashblock=f"tcp://127.0.0.1:{free_port()}",
                                      long_poll=False, poll_interval="200ms")
        self.wait_for_ways(service, "poll")
        begun = time.time_ns() // 1000
        self.assertLess(watch.wait_for(node.generate(1)[0])[0]["at_us"] - begun, 5e6)
        self.assertIn("by ways=poll", service.text().replace("message=\"new blocks are heard of by\" "
                      f"node={node.url}/", "by"))

    def test_is_not_blocked_by_a_node_that_hangs(self):
        node = self.node()
        node.generate(1)
        service, watch = self.started(node, request_timeout="500ms")
        node.suspend()
        wait_until(lambda: not service.is_ready(), "the service to notice")
        self.assertIn("does not answer", service.text())
        node.resume()
        wait_until(service.is_ready, "the service to be ready again")
        watch.wait_for(node.generate(1)[0])

    def test_names_the_chain_of_a_node_that_is_on_another(self):
        service = self.service(self.node(), network="main")
        service.start()
        self.assertEqual(service.wait(), 1)
        self.assertIn("is on chain 'regtest', configured network is 'main'", service.text())

    def test_says_that_a_node_has_no_peers(self):
        service = self.service(self.node("-connect=0", chain="main"), network="main")
        service.start()
        wait_until(lambda: "has no peers" in service.text(), "the reason")
        self.assertIn("addnode=", service.text())
        self.assertEqual(service.get("/readyz")[0], 503)

    def test_names_wrong_credentials(self):
        service = self.service(self.node())
        write_secret(self.folder / "cookie", "__cookie__:wrong\n")
        service.config.write_text(service.config.read_text().replace(
            next(line for line in service.config.read_text().splitlines() if "cookie_file" in line),
            'cookie_file = "cookie"'))
        service.start()
        self.assertEqual(service.wait(), 1)
        self.assertIn("refuses our credentials", service.text())

    def test_names_the_port_of_the_peers(self):
        node = self.node()
        node.url = f"http://{node.peer}"
        service = self.service(node)
        service.start()
        wait_until(lambda: "its rpcport" in service.text(), "the reason")
        print(next(line for line in service.text().splitlines() if "its rpcport" in line))

    def test_leaves_room_for_a_coinbase_that_the_node_does_not_expect(self):
        node = self.node("-blockmaxweight=12000", "-blockreservedweight=2000")
        node.fund()
        # The wallet may spend what it has just paid. A parent that pays more than its child is mined
        # without it, where a family that pays alike would be taken or left as a whole.
        for fee_rate in range(40, 15, -1):
            node.pay(fee_rate)
        service, watch = self.started(node, coinbase_weight=3_992_000)
        self.assertIn("raise the node's blockreservedweight", service.text())
        full = watch.seen()[-1]
        print(f"merkle path of {full['path']} hashes, value {full['value']}", flush=True)
        self.mine(service, 1)
        wait_until(lambda: service.metric('adit_template_blocks_total{stage="accepted"}') == 1,
                   "the block to be accepted")


if __name__ == "__main__":
    try:
        print(bitcoin_core.version(bitcoin_core.find()), flush=True)
    except bitcoin_core.Unavailable as reason:
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
