#!/usr/bin/env python3
"""The rules and alerts: promtool runs the cases in rules/; each alert has cases and a paragraph."""

import re
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True

from monitoring import FOLDER, ROOT, RULES, load_rules, need_promtool, promtool

CASES = sorted((Path(__file__).resolve().parent / "rules").glob("*.yml"))
RUNBOOK = ROOT / "docs" / "runbook.md"
FIRES = re.compile(r'count\(ALERTS\{alertname="(\w+)",alertstate="firing"[^}]*\}\)')


def alerts() -> list[dict]:
    return [rule for rule in load_rules() if "alert" in rule]


def anchor(heading: str) -> str:
    """As GitHub and GitLab make it."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


class Rules(unittest.TestCase):
    def test_promtool_accepts_them_and_the_example_configuration(self):
        for arguments in (("rules", *RULES), ("config", FOLDER / "prometheus.yml")):
            with self.subTest(arguments[0]):
                status, said = promtool("check", *arguments)
                self.assertEqual(status, 0, said)

    def test_every_case_holds(self):
        for path in CASES:
            with self.subTest(path.name):
                status, said = promtool("test", "rules", path)
                self.assertEqual(status, 0, said)

    def test_every_alert_is_seen_to_fire_and_to_be_silent(self):
        import yaml

        fires, silent = set(), set()
        for path in CASES:
            for group in yaml.safe_load(path.read_text())["tests"]:
                for case in group.get("promql_expr_test", []):
                    for name in FIRES.findall(case["expr"]):
                        (fires if case["exp_samples"] else silent).add(name)
        names = {alert["alert"] for alert in alerts()}
        self.assertGreater(len(names), 20)
        self.assertEqual(names - fires, set(), "without a case in which they fire")
        self.assertEqual(names - silent, set(), "without a case in which they do not")

    def test_every_alert_has_its_paragraph_and_points_to_it(self):
        text = RUNBOOK.read_text()
        sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", text, re.M | re.S))
        for alert in alerts():
            with self.subTest(alert["alert"]):
                self.assertIn(alert["alert"], sections)
                paragraph = sections[alert["alert"]]
                for part in ("**Means**", "**Look**", "**Do**"):
                    self.assertIn(part, paragraph)
                self.assertEqual(alert["annotations"]["runbook_url"],
                                 f"docs/runbook.md#{anchor(alert['alert'])}")
                self.assertIn(alert["labels"]["severity"], ("warning", "critical"))
                self.assertTrue(alert["annotations"]["summary"])
        told = {name for name in sections if name.startswith("Adit")}
        self.assertEqual(told - {alert["alert"] for alert in alerts()}, set(), "no such alert")


if __name__ == "__main__":
    need_promtool()
    unittest.main(verbosity=2)
