#!/bin/sh
# run.sh FOLDER TEST: runs a test of pages in a headless browser. What it needs of npm goes into FOLDER, once, and so do
# the reports and pictures that it makes.
set -eu
here=$(dirname "$0")
folder=$1
for program in node npm chromium; do
  command -v $program >/dev/null || {
    echo "the page tests need $program: see rollcall_page_packages in tools/packages.sh" >&2
    exit 1
  }
done
mkdir -p "$folder"
exec 9>"$folder/installing"
flock 9 # the tests may run beside each other
if ! cmp -s "$here/package-lock.json" "$folder/installed.json"; then
  cp "$here/package.json" "$here/package-lock.json" "$folder"
  (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund)
  cp "$here/package-lock.json" "$folder/installed.json"
fi
exec 9>&-
export PAGE_MODULES="$folder/package.json" PAGE_REPORTS="$folder/reports" PAGE_PICTURES="$folder/pictures"
exec node --test "$here/$2"
