#!/usr/bin/env bash
# Builds rollcall and runs its tests; installs missing packages first: Debian's, and npm's for the page test.
#
#   tools/test.sh [PRESET] [CTEST ARGUMENT...]      such as: tools/test.sh asan -L unit
#
# Without arguments for ctest, all of them but the chaos tests, which need minutes and the machine for themselves.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/packages.sh

preset=release
if [ $# -gt 0 ] && [[ $1 != -* ]]; then
  preset=$1
  shift
fi
ensure_packages "${rollcall_packages[@]}" "${rollcall_test_packages[@]}" "${rollcall_page_packages[@]}"
# Most tests wait for more of their time than they compute; less so under sanitizers.
[ "$preset" = release ] && each=3 || each=2
cmake --preset "$preset" -DROLLCALL_TESTS=ON -DROLLCALL_TESTS_A_CORE="$each" >/dev/null
cmake --build --preset "$preset"
[ $# -gt 0 ] || set -- --label-exclude chaos
exec ctest --preset "$preset" --parallel "$((each * $(nproc)))" "$@"
