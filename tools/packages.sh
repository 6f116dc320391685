# Sourced by the scripts beside it: installs the Debian packages that building and testing need,
# and does nothing at all when they are there already.

rollcall_packages=(
  cmake g++ ninja-build pkg-config                                          # build
  libzmq3-dev cppzmq-dev libcli11-dev libfmt-dev libspdlog-dev         # libraries
  nlohmann-json3-dev libedit-dev libre2-dev libcsv-dev libpugixml-dev libjs-chart.js libjs-dygraphs
  libsystemd-dev libmicrohttpd-dev prometheus-cpp-dev
)
rollcall_test_packages=(
  libgtest-dev librapidcheck-dev python3 python3-zmq python3-pyte iproute2 curl
)
# For promtool, which comes with the Prometheus server (and its service, where there is systemd).
command -v promtool >/dev/null || rollcall_test_packages+=(prometheus)
# For the HTML report in a browser; tests/page has what it needs of npm. Node.js may be there without Debian's.
rollcall_page_packages=(chromium)
command -v node >/dev/null || rollcall_page_packages+=(nodejs)
command -v npm >/dev/null || rollcall_page_packages+=(npm)
rollcall_bench_packages=(libbenchmark-dev valgrind)
rollcall_fuzz_packages=(clang-16 libclang-rt-16-dev python3)
rollcall_coverage_packages=(gcovr)

# ensure_packages PACKAGE...: installs what is missing with apt-get, as root or through sudo.
# Returns 1, after saying what to do, where it cannot.
ensure_packages() {
  local missing=() package
  for package in "$@"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
      missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "rollcall: missing packages: ${missing[*]}" >&2
      echo "rollcall: install them as root: apt-get install ${missing[*]}" >&2
      return 1
    fi
    as_root=(sudo)
  fi
  echo "rollcall: installing with apt-get: ${missing[*]}"
  "${as_root[@]}" apt-get update -qq &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null || {
      echo "rollcall: apt-get could not install: ${missing[*]}" >&2
      return 1
    }
}
