#!/bin/sh
# run.sh FOLDER WRITE_REPORTS: opens reports in a headless browser (page_test.mjs). What that needs of npm goes into
# FOLDER, once.
set -eu
here=$(dirname "$0")
folder=$1
for program in node npm chromium; do
  command -v $program >/dev/null || {
    echo "the page test needs $program: see rollcall_page_packages in tools/packages.sh" >&2
    exit 1
  }
done
mkdir -p "$folder/reports"
if ! cmp -s "$here/package-lock.json" "$folder/installed.json"; then
  cp "$here/package.json" "$here/package-lock.json" "$folder"
  (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund)
  cp "$here/package-lock.json" "$folder/installed.json"
fi
"$2" "$folder/reports"
PAGE_MODULES=$folder/package.json PAGE_REPORTS=$folder/reports exec node --test "$here/page_test.mjs"
