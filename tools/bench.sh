#!/usr/bin/env bash
# Builds rollcall and what it is compared with, measures them in alternating rounds, and prints a verdict a row;
# installs missing Debian packages first. tests/bench/README.md tells what is measured and how to read it.
#
#   tools/bench.sh [--quick] [--check] [--json FILE] [--html FILE] [--only SECTION] [--rounds N] [--against DIR]
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/tools/packages.sh"

ensure_packages "${rollcall_packages[@]}" "${rollcall_test_packages[@]}" "${rollcall_bench_packages[@]}" || exit 3
(
  cd "$root"
  cmake --preset release -DROLLCALL_TESTS=ON -DROLLCALL_BENCH=ON >/dev/null
  cmake --build --preset release >&2
)
# Ten thousand clients need as many file descriptors, twice.
ulimit -n "$(ulimit -Hn)"
export PYTHONPATH=$root/tests/support
exec /usr/bin/python3 -B "$root/tests/bench/bench.py" --binaries="$root/build/release/bin" "$@"
