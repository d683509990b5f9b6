#!/usr/bin/env python3
"""What aditctl's commands ask, show and end with. Usage: commands_test.py ADITCTL FAKE_ADMIN"""

import json
import re
import subprocess
import sys
import unittest
import uuid
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import fake

ADITCTL, FAKE = sys.argv[1:3]


class Commands(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.admin = fake.FakeAdmin(FAKE)
        cls.addClassCleanup(cls.admin.__exit__)

    def aditctl(self, *words: object, status: int = 0, **more: str) -> str:
        done = fake.run(ADITCTL, *words, ADIT_ADMIN=self.admin.address, **more)
        self.assertEqual(done.returncode, status, f"{words}: {done.stdout}{done.stderr}")
        self.stderr = done.stderr
        if status != 0:
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
            self.assertTrue(done.stderr.startswith("aditctl: "), done.stderr)
            return done.stderr
        return done.stdout

    def test_every_command_has_help_and_each_level_leads_to_the_next(self):
        def verbs(*words: str) -> list[str]:
            said = self.aditctl(*words, "--help")
            self.assertIn("Usage: ", said)
            listed = said.partition("Subcommands:\n")[2].split("\n\n")[0]
            return [line.split()[0] for line in listed.splitlines()
                    if re.match(r"  \S", line)]
        first = verbs()
        for verb in ("pool", "problems", "services", "dump", "gateways", "connections", "channels",
                     "workers", "identities", "templates", "nodes", "blocks", "policy", "ban",
                     "unban", "bans", "audit", "top", "completion", "tls", "keys", "direct"):
            self.assertIn(verb, first)
        for verb in first:
            for second in verbs(verb):
                self.assertIn("Usage: ", self.aditctl(verb, second, "--help"))

    def test_lists_are_tables(self):
        lines = self.aditctl("gateways", "list").splitlines()
        self.assertRegex(lines[0], r"^NAME +STATE +CONNECTIONS ")
        self.assertRegex(lines[1], r"^gateway-1  serving +40/10000 ")
        self.assertEqual(len(lines), 4)

    def test_lists_are_json_with_the_names_of_the_api(self):
        rows = json.loads(self.aditctl("gateways", "list", "--output", "json"))
        self.assertEqual([row["name"] for row in rows],
                         ["gateways/gateway-1", "gateways/gateway-2", "gateways/gateway-3"])
        self.assertEqual(rows[0]["connections_max"], 10_000)
        self.assertEqual(rows[0]["draining_connections"], 0, "fields that are 0 are there")
        lines = self.aditctl("-o", "jsonl", "gateways", "list").splitlines()
        self.assertEqual([json.loads(line) for line in lines], rows)
        self.assertEqual(json.loads(self.aditctl("pool", "--output", "json"))["height"], 870_000)

    def test_a_list_pages_through(self):
        rows = json.loads(self.aditctl("workers", "list", "-o", "json"))
        self.assertEqual(len({row["name"] for row in rows}), 2005)
        asked = self.admin.requests("ListWorkers")
        self.assertEqual([request.get("page_token", "") for request in asked], ["", "1000", "2000"])
        self.assertEqual(len(self.aditctl("workers", "list").splitlines()), 101)
        self.assertIn("--limit 0", self.stderr)
        self.assertEqual(len(self.aditctl("workers", "list", "--limit", 1500).splitlines()), 1501)
        asked = self.admin.requests("ListWorkers")
        self.assertEqual(asked[-1]["page_size"], 500)

    def test_filters_and_orders_are_handed_on(self):
        self.aditctl("services", "list", "--filter", "state = READY", "--order-by", "name desc")
        self.assertEqual(self.admin.requests("ListServices"),
                         [{"page_size": 100, "filter": "state = READY", "order_by": "name desc"}])
        said = self.aditctl("services", "list", "--filter", "nonsense", status=2)
        self.assertIn("filter: nonsense", said)

    def test_the_worst_worker_is_the_first(self):
        lines = self.aditctl("workers", "list", "--worst").splitlines()
        names = [line.split()[0] for line in lines[1:]]
        self.assertEqual(names[:4], ["alice.rig2", "alice.rig1", "bob.half", "bob.one-of-one"])
        self.assertEqual(len(names), 10)
        self.assertNotIn("carol", names, "who has gone is no bad worker")
        self.assertRegex(lines[1], r"silent; its day's average is 200 TH/s$")
        self.assertRegex(lines[3], r"100 of 200 shares refused, most: stale-share$")

    def test_names_may_be_short(self):
        for words, method, name in [
                (("gateways", "get", "gateway-1"), "GetGateway", "gateways/gateway-1"),
                (("gateways", "get", "gateways/gateway-1"), "GetGateway", "gateways/gateway-1"),
                (("workers", "get", "alice.rig1"), "GetWorker", "identities/alice/workers/rig1"),
                (("workers", "get", "carol"), "GetWorker", "identities/carol/workers/-"),
                (("channels", "get", "0123456789abcdef"), "GetChannel",
                 "channels/0123456789abcdef")]:
            self.admin.requests(method)  # other tests' do not count
            self.aditctl(*words)
            self.assertEqual(self.admin.requests(method), [{"name": name}])
        said = self.aditctl("connections", "disconnect", "17", status=2)
        self.assertIn("gateway-1/17", said)
        self.aditctl("connections", "disconnect", "gateway-1/17")
        self.assertEqual(self.admin.requests("DisconnectConnection")[0]["name"],
                         "gateways/gateway-1/connections/17")

    def test_each_refusal_has_its_exit_code(self):
        self.assertIn("there is no gateways/none",
                      self.aditctl("gateways", "drain", "none", status=3))
        self.assertIn("operator", self.aditctl("gateways", "drain", "forbidden", status=4))
        self.aditctl("gateways", "drain", "raced", status=6)
        said = self.aditctl("pool", "--admin", "127.0.0.1:1", status=5)
        self.assertRegex(said, r"127\.0\.0\.1:1.*--admin")
        self.assertIn("does not know this call", self.aditctl("identities", "list", status=1))
        self.assertIn("--help", self.aditctl("gateways", status=2))
        self.assertIn("aditctl gateways drain --help", self.aditctl("gateways", "drain", status=2))
        self.assertIn("nothing to set", self.aditctl("policy", "set", status=2))
        done = fake.run(ADITCTL, "problems", "--fail", ADIT_ADMIN=self.admin.address)
        self.assertEqual(done.returncode, 1)
        self.assertIn("1 critical", done.stderr)

    def test_a_drain_says_what_happens_and_can_be_followed(self):
        said = self.aditctl("gateways", "drain", "gateway-2", "--spread", "90s")
        self.assertIn("40 that are there are asked to leave", said)
        self.assertIn("aditctl gateways undrain gateway-2", said)
        request = self.admin.requests("DrainGateway")[-1]
        self.assertEqual(request["spread"], "90s")
        self.assertEqual(uuid.UUID(request["request_id"]).version, 4)
        self.aditctl("gateways", "drain", "gateway-2", "--wait")
        self.assertIn("gateway-2: draining, 10 of 40 connections left", self.stderr)
        self.assertIn("gateway-2: drained, 0 of 40 connections left", self.stderr)

    def test_a_change_can_be_repeated_under_its_id(self):
        self.aditctl("gateways", "rebalance", "gateway-1", "--percent", "30", "--verbose",
                     "--request-id", "00000000-0000-4000-8000-000000000001")
        self.assertIn("request_id 00000000-0000-4000-8000-000000000001", self.stderr)
        request = self.admin.requests("RebalanceGateway")[-1]
        self.assertEqual(request["request_id"], "00000000-0000-4000-8000-000000000001")
        self.assertEqual(request["percent"], 30)
        self.aditctl("gateways", "rebalance", "gateway-1", "--percent", "101", status=2)

    def test_bans_name_networks_as_the_pool_does(self):
        said = self.aditctl("ban", "--address", "10.1.2.3/8", "--for", "24h", "--reason", "flood")
        self.assertRegex(said, r"^banned 10\.0\.0\.0/8 until 20")
        ban = self.admin.requests("CreateBan")[0]["ban"]
        self.assertEqual((ban["address"], ban["reason"]), ("10.0.0.0/8", "flood"))
        self.assertIn("for ever", self.aditctl("ban", "--identity", "mallory"))
        self.aditctl("unban", "--address", "10.0.0.0/8")
        self.assertEqual(self.admin.requests("DeleteBan")[0]["name"], "bans/address:10.0.0.0%2F8")
        self.assertIn("neither an address nor a network",
                      self.aditctl("ban", "--address", "pool.example", status=2))
        self.aditctl("ban", status=2)
        self.assertIn("no duration", self.aditctl("ban", "--identity", "a", "--for", "tomorrow",
                                                  status=2))

    def test_what_miners_write_is_not_obeyed(self):
        said = self.aditctl("connections", "list")
        self.assertNotIn("\x1b", said)
        self.assertIn("evil?[2J", said)

    def test_colours_are_for_terminals_that_want_them(self):
        script = f"{ADITCTL} gateways list --admin {self.admin.address}"
        for more, words, coloured in [({}, "", True), ({"NO_COLOR": "1"}, "", False),
                                      ({"TERM": "dumb"}, "", False), ({}, " --no-color", False)]:
            said = subprocess.run(["script", "-qec", script + words, "/dev/null"],
                                  capture_output=True, text=True, check=True, timeout=60,
                                  stdin=subprocess.DEVNULL, env=fake.environment(**more)).stdout
            self.assertEqual("\x1b[32m" in said, coloured, (more, words))
        self.assertNotIn("\x1b", self.aditctl("gateways", "list"))

    def test_a_watch_goes_on_where_it_was(self):
        process = subprocess.Popen([ADITCTL, "gateways", "watch", "-o", "jsonl", "--admin",
                                    self.admin.address], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, env=fake.environment())
        with process:
            lines = [json.loads(process.stdout.readline()) for _ in range(6)]
            process.kill()
            self.assertIn("trying again", process.stderr.read())
        self.assertEqual([list(line) for line in lines], [
            ["upserted"], ["upserted"], ["upserted"], ["synced"], ["upserted"], ["removed"]])
        self.assertEqual(lines[-1], {"removed": "gateways/gateway-3"})
        self.assertEqual([request.get("resume_token") for request in
                          self.admin.requests("WatchGateways")], [None, "1"])

    def test_a_dump_shows_stages_and_events(self):
        said = self.aditctl("dump", "channel-manager-1")
        self.assertRegex(said, r"stages +name=judge  depth=42  oldest_seconds=7\.5")
        self.assertIn("7.500s ago  batch 99", said)

    def test_one_thing_is_shown_field_by_field(self):
        said = self.aditctl("blocks", "get", "00000000000000000001")
        self.assertRegex(said, r"(?m)^state +accepted$")
        self.assertRegex(said, r"(?m)^value_sat +312512345 \(3\.12512345 BTC\)$")
        self.assertRegex(said, r"(?m)^events +time=2023-11-14 22:13:20 UTC \(.* ago\)  event=found")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
