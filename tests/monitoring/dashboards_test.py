#!/usr/bin/env python3
"""The dashboards, as Grafana and promtool would read them."""

import itertools
import json
import re
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "monitoring"))

import dashboards
from monitoring import DASHBOARDS, dashboard_expressions, need_promtool, panels, promtool
from panels import SCHEMA_VERSION, WIDTH


def overlap(a: dict, b: dict) -> bool:
    return (a["x"] < b["x"] + b["w"] and b["x"] < a["x"] + a["w"]
            and a["y"] < b["y"] + b["h"] and b["y"] < a["y"] + a["h"])


class Dashboards(unittest.TestCase):
    def boards(self):
        for path in DASHBOARDS:
            with self.subTest(path.name):
                yield json.loads(path.read_text())

    def test_they_are_what_their_source_says(self):
        self.assertEqual([path.name for path in DASHBOARDS],
                         sorted(f"adit-{name}.json" for name in dashboards.ALL))
        for name in dashboards.ALL:
            self.assertEqual((dashboards.FOLDER / f"adit-{name}.json").read_text(),
                             dashboards.text_of(name),
                             "run tools/monitoring/dashboards.py")

    def test_ids_are_unique_and_places_do_not_overlap(self):
        uids = [board["uid"] for board in self.boards()]
        self.assertEqual(len(uids), len(set(uids)))
        for board in self.boards():
            ids = [panel["id"] for panel in board["panels"]]
            self.assertEqual(len(ids), len(set(ids)))
            self.assertGreater(len(ids), 5)
            for panel in board["panels"]:
                place = panel["gridPos"]
                self.assertTrue(0 <= place["x"] and place["x"] + place["w"] <= WIDTH, place)
                self.assertTrue(place["w"] > 0 and place["h"] > 0 and place["y"] >= 0, place)
            for one, other in itertools.combinations(board["panels"], 2):
                self.assertFalse(overlap(one["gridPos"], other["gridPos"]),
                                 (one["title"], other["title"]))

    def test_the_datasource_is_chosen_and_never_written_down(self):
        for board in self.boards():
            self.assertEqual(board["schemaVersion"], SCHEMA_VERSION)
            variables = {each["name"]: each for each in board["templating"]["list"]}
            self.assertEqual(variables["datasource"]["type"], "datasource")
            found = re.findall(r'"uid": "([^"]*)"', json.dumps(board["panels"])
                               + json.dumps(board["annotations"]))
            self.assertGreater(len(found), 5)
            self.assertEqual(set(found), {"${datasource}"})

    def test_every_panel_asks_something_and_has_a_title(self):
        for path in DASHBOARDS:
            titles = [panel["title"] for panel in panels(path)]
            self.assertEqual(len(titles), len(set(titles)))
            for panel in panels(path):
                with self.subTest(path.name, panel=panel["title"]):
                    self.assertTrue(panel["title"])
                    self.assertTrue(panel["targets"])
                    references = [target["refId"] for target in panel["targets"]]
                    self.assertEqual(len(references), len(set(references)))
                    self.assertTrue(all(target["expr"] for target in panel["targets"]))

    def test_the_overview_has_the_three_charts_that_show_a_halt(self):
        titles = [panel["title"] for panel in panels(dashboards.FOLDER / "adit-pool.json")]
        for title in ("Hash rate", "Valid-share rate", "Share-difficulty convergence"):
            self.assertIn(title, titles)

    def test_promtool_parses_every_expression(self):
        rules = [{"record": f"panel:{at}", "expr": expression}
                 for at, expression in enumerate(dashboard_expressions())]
        self.assertGreater(len(rules), 80)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "panels.yml"
            # JSON is YAML.
            path.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
            status, said = promtool("check", "rules", path)
        self.assertEqual(status, 0, said)
        self.assertIn(f"{len(rules)} rules found", said)


if __name__ == "__main__":
    need_promtool()
    unittest.main(verbosity=2)
