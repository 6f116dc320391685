#!/usr/bin/env bash
# Builds the fuzz targets and lets libFuzzer run each of them for a time, two at once; installs missing Debian packages
# first. Prints a line a target and the sum. Exits 1, and says how to repeat it, when something was found.
#
#   tools/fuzz.sh [SECONDS [TARGET...]]      such as: tools/fuzz.sh 120 decode server_core
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/packages.sh

seconds=${1:-60}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || { echo "tools/fuzz.sh: '$seconds' is no number of seconds" >&2; exit 2; }
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] ||
  mapfile -t targets < <(sed -n 's/^rollcall_fuzz_target(\([a-z_]*\) .*/\1/p' tests/fuzz/CMakeLists.txt)

ensure_packages "${rollcall_packages[@]}" "${rollcall_fuzz_packages[@]}" || exit 3
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz >&2
here=build/fuzz/found
mkdir -p "$here"

# Everything that was of interest is kept from run to run, in $here/TARGET.corpus.
fuzz_one() {
  local target=$1 options=()
  [ -e "tests/fuzz/$target.dict" ] && options+=("-dict=tests/fuzz/$target.dict")
  rm -rf "$here/$target."{seeds,crash-*,leak-*,timeout-*,oom-*}
  mkdir -p "$here/$target.corpus"
  /usr/bin/env python3 -B tests/fuzz/seeds.py "$target" "$here/$target.seeds"
  "build/fuzz/bin/fuzz_$target" "$here/$target.corpus" "$here/$target.seeds" "${options[@]}" \
    -max_total_time="$seconds" -max_len=2048 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$here/$target." >"$here/$target.log" 2>&1
}

# libFuzzer's last line with figures is `#123 DONE cov: 45 ft: 67 corp: 8/90b ...`.
report() {
  awk -v target="$1" '
    /cov: [0-9]+ ft:/ {
      for (i = 1; i < NF; ++i) { if ($i == "cov:") edges = $(i + 1); if ($i == "corp:") corpus = $(i + 1) }
    }
    /^stat::number_of_executed_units:/ { runs = $2 }
    /^stat::average_exec_per_sec:/ { rate = $2 }
    END { sub("/.*", "", corpus); printf "%-16s %12d %10d %8d %8d\n", target, runs, rate, edges, corpus }' \
    "$here/$1.log"
}

found=()
for ((i = 0; i < ${#targets[@]}; i += 2)); do
  pair=("${targets[@]:i:2}") pids=()
  for target in "${pair[@]}"; do
    fuzz_one "$target" &
    pids+=($!)
  done
  for j in "${!pids[@]}"; do wait "${pids[j]}" || found+=("${pair[j]}"); done
done

printf '%-16s %12s %10s %8s %8s\n' target executions per-second edges corpus
for target in "${targets[@]}"; do report "$target"; done | tee "$here/table"
awk '{ sum += $2 } END { printf "%-16s %12d\n", "sum", sum }' "$here/table"

[ ${#found[@]} -eq 0 ] && exit 0
for target in "${found[@]}"; do
  echo
  echo "fuzz_$target found something:"
  grep -hE '^broken:|Assertion|runtime error|^SUMMARY|ERROR: ' "$here/$target.log" || tail -5 "$here/$target.log"
  for unit in "$here/$target."{crash,leak,timeout,oom}-*; do
    [ -e "$unit" ] || continue
    echo "repeat it: build/fuzz/bin/fuzz_$target $unit"
    od -A x -t x1z "$unit" | head -n 40
  done
done
exit 1
