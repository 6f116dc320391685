"""House rules that a compiler does not check: directions between rooms, sizes of files, leftovers."""

import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# What each room may include; a room's own files always.
ROOMS = {
    "wire": {"wire"},
    "core": {"core", "wire"},
    "io": {"io", "core", "wire"},
    "rollcall": {"rollcall", "io", "core", "wire"},
}
PUBLIC_HEADERS_MAY_INCLUDE = {"rollcall"}
LINES_MAX = 400
COLUMNS_MAX = 120
README_LINES_MAX = 200


def sources(*folders, suffixes=(".cpp", ".hpp", ".py", ".sh")):
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in suffixes and "__pycache__" not in path.parts:
                yield path


def includes(path, opening='"'):
    return re.findall(r"^#include " + re.escape(opening) + r'([^">]+)', path.read_text(), re.MULTILINE)


class StyleTest(unittest.TestCase):
    def test_rooms_know_each_other_in_one_direction_only(self):
        for room, allowed in ROOMS.items():
            for path in sources(f"src/{room}"):
                for include in includes(path):
                    self.assertIn(include.split("/")[0], allowed, f"{path} includes {include}")

    def test_public_headers_need_no_other_room(self):
        for path in sources("src/rollcall", suffixes=(".hpp",)):
            for include in includes(path):
                self.assertIn(include.split("/")[0], PUBLIC_HEADERS_MAY_INCLUDE, f"{path} includes {include}")

    def test_only_io_includes_zmq(self):
        for path in sources("src", "tools"):
            if "zmq.hpp" in includes(path, "<") + includes(path):
                self.assertEqual(path.parent.name, "io", f"{path} includes zmq.hpp")

    def test_the_core_has_no_clock_socket_or_thread(self):
        forbidden = re.compile(r"#include <(thread|mutex|sys/|unistd|iostream|spdlog)|_clock::now|std::random_device")
        for path in sources("src/core", "src/wire"):
            self.assertIsNone(forbidden.search(path.read_text()), f"{path}")

    def test_files_and_lines_are_short(self):
        for path in sources("src", "tools", "tests"):
            lines = path.read_text().splitlines()
            self.assertLessEqual(len(lines), LINES_MAX, f"{path}: which second job could leave it?")
            for number, line in enumerate(lines, 1):
                self.assertLessEqual(len(line), COLUMNS_MAX, f"{path}:{number}")
        self.assertLessEqual(len((ROOT / "README.md").read_text().splitlines()), README_LINES_MAX)

    def test_headers_begin_with_what_they_are_for(self):
        for path in sources("src", "tools", suffixes=(".hpp",)):
            first = path.read_text().splitlines()[0]
            self.assertTrue(first.startswith("// ") or first == "#pragma once", f"{path}: {first}")
            self.assertTrue(first.startswith("// "), f"{path} has no first comment")

    def test_nothing_is_left_behind(self):
        leftovers = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b|GTEST_SK" r"IP|DISABL" r"ED_")
        for path in sources("src", "tools", "tests"):
            self.assertIsNone(leftovers.search(path.read_text()), f"{path}")

    def test_tests_do_not_sleep(self):
        # A handler under test may be slow, and a poll may wait a moment; a test waits for events.
        naps = re.compile(r"time\.sleep|usleep\(|[^a-z_.]sleep\(|std::this_thread::sleep_for")
        for path in sources("tests"):
            if path.name != "test_server.cpp" and path != Path(__file__).resolve():
                self.assertIsNone(naps.search(path.read_text()), f"{path}")

    def test_nothing_large_is_kept(self):
        for folder in ("src", "tools", "tests", "proto"):
            for path in (ROOT / folder).rglob("*"):
                self.assertLess(path.stat().st_size, 512 * 1024, path)


if __name__ == "__main__":
    unittest.main()
