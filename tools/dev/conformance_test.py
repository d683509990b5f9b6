#!/usr/bin/env python3
"""The check of the conformance table can fail, in each of its ways."""

import unittest

import conformance
from console import Failure

CHECKLIST = """# a comment

C-001 MUST   ALL Be right
C-002 SHOULD PRX Be a proxy
C-035 MUST   RSP Send 234 bytes
"""
REASONS = "PRX: not ours yet: comes with the translator\n"


def findings(tests, checklist=CHECKLIST, reasons=REASONS):
    known = conformance.read_reasons(reasons)
    rows = conformance.table(conformance.read_checklist(checklist), known, tests)
    return conformance.findings(rows, known, tests)


class Names(unittest.TestCase):
    def test_an_item_is_a_word_of_the_tests_name(self):
        self.assertEqual(conformance.items_of("Noise.C035_SendsAct2"), ["C-035"])
        self.assertEqual(conformance.items_of("Noise.C034_C037_Sends"), ["C-034", "C-037"])
        self.assertEqual(conformance.items_of("noise-C051"), ["C-051"])
        for name in ("Sha.AC035_x", "Sha.C0351_x", "Sha.C35_x", "Sha.AndC076", "Sha.C035x"):
            self.assertEqual(conformance.items_of(name), [], name)


class Check(unittest.TestCase):
    def test_is_content_with_a_test_or_a_reason_for_each_item(self):
        self.assertEqual(findings(["A.C001_IsRight", "B.C035_SendsIt", "B.Other"]), [])
        self.assertEqual(findings(["A.C001_C035_IsRight"]), [])

    def test_fails_on_an_item_without_a_test(self):
        self.assertEqual(findings(["A.C001_IsRight"]),
                         ["C-035 (MUST RSP) has no test and no reason: Send 234 bytes"])

    def test_fails_on_a_reason_that_is_out_of_date(self):
        wrong = findings(["A.C001_C035_x"], reasons=REASONS + "C-035: cannot be\n")
        self.assertEqual(wrong, ["C-035 has a reason in without-test and a test, A.C001_C035_x"])

    def test_fails_on_names_that_do_not_exist(self):
        wrong = findings(["A.C001_C035_x", "A.C999_x"], reasons=REASONS + "XYZ: what\n")
        self.assertEqual(wrong, ["A.C999_x stands for C-999, which is no item",
                                 "without-test speaks of XYZ, which is neither item nor role"])

    def test_fails_on_lines_that_are_not_of_their_form(self):
        for text in ("C-1 MUST ALL x", "C-001 MAY ALL x", "C-001 MUST ALL", "nonsense"):
            with self.assertRaises(Failure, msg=text):
                conformance.read_checklist(text)
        with self.assertRaises(Failure):
            conformance.read_checklist(CHECKLIST + "C-001 MUST ALL Again\n")
        with self.assertRaises(Failure):
            conformance.read_reasons("C-001:\n")


if __name__ == "__main__":
    unittest.main()
