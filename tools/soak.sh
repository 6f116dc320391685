#!/usr/bin/env bash
# Runs a server under load, churn and network faults for a time, and fails when its memory, descriptors or count drift,
# a request is lost, or anything dies. Builds what it needs; everything that it starts ends with it.
#
#   tools/soak.sh SECONDS [PRESET...]      such as: tools/soak.sh 600, or tools/soak.sh 120 release asan
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/packages.sh

if ! [[ ${1-} =~ ^[1-9][0-9]*$ ]]; then
  echo "usage: tools/soak.sh SECONDS [PRESET...]" >&2
  exit 2
fi
seconds=$1
presets=("${@:2}")
[ ${#presets[@]} -gt 0 ] || presets=(release)
ensure_packages "${rollcall_packages[@]}" "${rollcall_test_packages[@]}"

for preset in "${presets[@]}"; do
  echo "== $preset"
  cmake --preset "$preset" -DROLLCALL_TESTS=ON >/dev/null
  cmake --build --preset "$preset" --target rollcall-server rollcall-accountant rollcall-fault-proxy | tail -n 1
  sanitize=$(sed -n 's/^ROLLCALL_SANITIZE:[A-Z]*=//p' "build/$preset/CMakeCache.txt")
  ROLLCALL_BIN="$PWD/build/$preset/bin" ROLLCALL_SANITIZE=$sanitize PYTHONPATH=tests/support \
    TSAN_OPTIONS="suppressions=$PWD/tests/support/tsan.supp halt_on_error=1" \
    /usr/bin/python3 -B tests/chaos/soak.py "$seconds"
done
