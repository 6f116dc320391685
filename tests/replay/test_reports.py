"""The reports for programs, read by other people's parsers: JSON and JUnit's XML, plain, empty and hostile."""

import json
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path

WRITE_REPORTS = sys.argv.pop()


class ReportsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        subprocess.run([WRITE_REPORTS, cls.folder.name], check=True)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def text(self, name):
        return (Path(self.folder.name) / name).read_text(encoding="utf-8")

    def suite(self, name):
        suites = xml.fromstring(self.text(name))
        self.assertEqual(suites.tag, "testsuites")
        (suite,) = suites
        self.assertEqual(int(suite.get("tests")), len(suite.findall("testcase")))
        self.assertEqual(int(suite.get("failures")), len(suite.findall("testcase/failure")))
        return suite

    def test_json_has_the_whole_run(self):
        report = json.loads(self.text("example.json"))
        self.assertEqual(report["rollcall_replay"], 1)
        self.assertEqual(report["title"], "A busy minute")
        self.assertEqual(report["requests"], {"due": 60000, "sent": 59988, "not_sent": 12})
        self.assertEqual(report["errors"], {"busy": 18})
        self.assertEqual(report["errors_total"], 39)
        self.assertEqual(report["clients"], {"joined": 260, "left": 48, "crashed": 100, "lost": 1, "refused": 0})
        self.assertEqual(report["count"], 111)
        self.assertEqual(report["expectations"]["met"], 1020)
        self.assertEqual([each["line"] for each in report["expectations"]["failures"]], [14, 23])
        self.assertEqual(len(report["intervals"]), 60)
        self.assertEqual(sum(each["replies"] for each in report["intervals"]), report["replies"])
        self.assertEqual([each["met"] for each in report["thresholds"]], [False, True, False, True, False])
        self.assertEqual(report["thresholds"][1]["limit"], 20e6)

    def test_json_latencies_agree(self):
        for of in ("latency", "service_time"):
            latency = json.loads(self.text("example.json"))[of]
            curve = {point["percent"]: point["ms"] for point in latency["percentiles"]}
            self.assertEqual(list(curve), sorted(curve))
            self.assertEqual(list(curve.values()), sorted(curve.values()))
            for key in ("50", "90", "99", "99.9"):
                self.assertEqual(curve[float(key)], latency[f"p{key}_ms"])
            self.assertEqual(curve[100], latency["max_ms"])
            self.assertLess(latency["min_ms"], latency["mean_ms"])

    def test_nothing_measured_is_null(self):
        report = json.loads(self.text("empty.json"))
        self.assertIsNone(report["latency"])
        self.assertIsNone(report["count"])
        self.assertIsNone(report["planned_per_second"])
        self.assertEqual([each["actual"] for each in report["thresholds"]], [None, None, 0, None, None])

    def test_junit_has_a_case_a_failure_and_a_threshold(self):
        suite = self.suite("example.xml")
        self.assertEqual([case.get("name") for case in suite.findall("testcase")],
                         ["line 14: bia7", "line 23: ana", "p99<50ms", "raw.p99.9<20ms", "errors==0", "rate>=990/s",
                          "expectations==100%"])
        failure = suite.find("testcase/failure")
        self.assertEqual(failure.get("message"), 'text "Hello, Client! Conexões ativas: 99"')
        self.assertIn('expected text "Hello, Client! Conexões ativas: 101"', failure.text)
        self.assertEqual(suite.get("failures"), "5")
        self.assertEqual(suite.get("time"), "60.000")

    def test_junit_of_a_run_as_expected(self):
        names = [case.get("name") for case in self.suite("quiet.xml").findall("testcase")]
        self.assertEqual(names[0], "expectations (3 met)")

    def test_junit_is_well_formed_whatever_was_sent(self):
        suite = self.suite("hostile.xml")
        self.assertTrue(suite.get("name").startswith("</script><script>"))
        self.assertIn("]]>", suite.find("testcase/failure").text)
        self.assertIn("\\u{FFFE}\\u{FFFF}", suite.get("name"))
        self.assertIn("\\u{0}", suite.get("name"))

    def test_no_report_carries_control_characters(self):
        for name in ("hostile.json", "hostile.xml", "hostile.pt.txt", "hostile.en.txt"):
            self.assertIsNone(re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202e]", self.text(name)), name)

    def test_no_text_ends_the_script_element_it_stands_in(self):
        page = self.text("hostile.en.html")
        data = page.split('id="data">', 1)[1].split("</script>", 1)[0]
        self.assertIsNone(re.search("[<>&\u2028\u2029]", data))
        self.assertEqual(json.loads(data)["report"], json.loads(self.text("hostile.json")))


if __name__ == "__main__":
    unittest.main()
