#!/usr/bin/env bash
# Which lines and branches of the codec and the core are reached by their own tests and a few simulations; installs
# missing Debian packages first. Fails when branches of codec or roster are below 100 %, or of the core below 90 %.
#
#   tools/coverage.sh [--list]      --list: also every line and branch that is missed
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/packages.sh

ensure_packages "${rollcall_packages[@]}" "${rollcall_test_packages[@]}" "${rollcall_coverage_packages[@]}" || exit 3
cmake --preset coverage >/dev/null
cmake --build --preset coverage >&2
find build/coverage -name '*.gcda' -delete

list=no
[ "${1:-}" = --list ] && list=yes

run() { "$@" >build/coverage/test.log 2>&1 || { cat build/coverage/test.log; exit 1; }; }
for test in build/coverage/bin/{wire,core}_*_test; do run "$test"; done
run build/coverage/bin/rollcall_sim --seeds 1..40

# Branches that only exceptions take are no decision of the source's; assertions' are taken by nobody.
measure() {
  local name=$1 least=$2
  shift 2
  local options=(--root . --exclude-throw-branches --exclude-unreachable-branches
    --exclude-lines-by-pattern '.*assert\(.*' "${@/#/--filter=}")
  gcovr "${options[@]}" --json-summary build/coverage/summary.json build/coverage/src
  python3 - "$name" "$least" <<'END'
import json, sys
name, least = sys.argv[1], float(sys.argv[2])
found = json.load(open("build/coverage/summary.json"))
lines = f"{found['line_covered']}/{found['line_total']}"
branches = f"{found['branch_covered']}/{found['branch_total']}"
good = found["branch_total"] > 0 and 100 * found["branch_covered"] >= least * found["branch_total"]
print(f"{name:8} lines {lines:>10} {found['line_percent']:5.1f} %",
      f"  branches {branches:>10} {found['branch_percent']:5.1f} %   {'' if good else f'below {least:g} %'}".rstrip())
sys.exit(not good)
END
  local code=$?
  if [ $code -ne 0 ] || [ "$list" = yes ]; then
    gcovr "${options[@]}" --branches build/coverage/src | grep -E '^src.*%'
  fi
  return $code
}

failed=0
measure codec 100 'src/wire/' || failed=1
measure roster 100 'src/core/roster\.' || failed=1
measure core 90 'src/core/' || failed=1
exit $failed
