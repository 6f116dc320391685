"""Installs the build into an empty prefix; builds and runs a project that knows nothing but find_package(rollcall)."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = Path(os.environ["ROLLCALL_BIN"]).parent


def run(*command):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout


class InstallTest(unittest.TestCase):
    def test_an_embedder_needs_the_installed_files_only(self):
        sanitize = os.environ.get("ROLLCALL_SANITIZE")
        flags = [f"-DCMAKE_CXX_FLAGS=-fsanitize={sanitize}"] if sanitize else []
        with tempfile.TemporaryDirectory() as work:
            prefix, build = Path(work, "prefix"), Path(work, "build")
            run("cmake", "--install", BUILD, "--prefix", prefix)
            headers = sorted(path.name for path in prefix.rglob("*.hpp"))
            self.assertEqual(headers, ["client.hpp", "error.hpp", "keys.hpp", "server.hpp", "status.hpp"])
            run("cmake", "-G", "Ninja", "-S", HERE, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}", *flags)
            run("cmake", "--build", build)
            self.assertEqual(run(build / "embedder"), "Hello, ana, one of 1\n")
            self.assertEqual(run(prefix / "bin" / "rollcall-server", "--version").strip(), "0.1.0")


if __name__ == "__main__":
    unittest.main()
