"""A fuzz target tries its seeds, as a plain program: what was found once stays a test.   test_corpus.py TARGET"""

import os
import subprocess
import sys
import tempfile
import unittest

import seeds

TARGET = sys.argv.pop() if len(sys.argv) > 1 else ""


class CorpusTest(unittest.TestCase):
    def test_every_seed(self):
        program = os.path.join(os.environ["ROLLCALL_BIN"], f"fuzz_{TARGET}")
        with tempfile.TemporaryDirectory() as folder:
            count = seeds.write(TARGET, folder)
            self.assertGreater(count, 0)
            run = subprocess.run([program, folder], capture_output=True, text=True, errors="backslashreplace")
            self.assertEqual(run.returncode, 0, run.stderr[-3000:])
            self.assertIn(f"tried {count} inputs", run.stdout)


if __name__ == "__main__":
    unittest.main()
