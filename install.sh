#!/usr/bin/env bash
# Makes this machine a tagd appliance, or sets tagd up in this checkout: ./install.sh help
set -euo pipefail
FROM=$PWD
cd "$(dirname "$(readlink -f "$0")")"

VENV=.venv
CONSTRAINTS=config/constraints.txt
NO_TESTS=5  # pytest found none of the kind
FEW=8  # tests that may have failed for lack of time

say() { printf '%s\n' "$*" >&2; }
fail() { say "install.sh: $*"; exit 1; }

usage() {
    cat <<'TEXT'
sudo ./install.sh                       this machine becomes an appliance; again: repaired or updated
     [--listen HOST:PORT]               others reach the page, over TLS: 0.0.0.0:8443
     [--offline BUNDLE]                 from a bundle or wheels; no network is used
     [--key PUB.pem] [--unsigned]       who may have signed the bundle; that nobody did
     [--with-broker] [--extra onnx]     mosquitto for this machine; ONNX models as well
     [--no-start] [--dry-run] [--json]  start nothing; change nothing; for a program
     [--user]                           for you alone, without sudo
sudo ./install.sh --uninstall [--purge] takes it away again; with its config and pictures
sudo ./install.sh status                what is installed

./install.sh demo [--once] [--port N]   the whole appliance on sample pictures; no set-up needed
./install.sh test [--slow] [ARG...]     everything the tests need, then all tests (ARG: for pytest)
./install.sh lint                       ruff and mypy
./install.sh bench                      the benchmarks
./install.sh setup                      only the virtual environment in .venv

What is below the empty line lives in this folder. Debian packages (mosquitto; for the tests also chromium, openssl,
wordnet-base and GStreamer's RTSP server; with --slow debootstrap, gcc, nodejs, npm,
qemu-system-x86, qemu-user-static and systemd-container) are installed when this runs as root, and named when it does not.
TEXT
}

# Debian packages for the commands that are missing: need COMMAND=PACKAGE...
need() {
    local pair packages=()
    for pair in "$@"; do
        PATH="$PATH:/usr/sbin" command -v "${pair%%=*}" >/dev/null 2>&1 || packages+=("${pair#*=}")
    done
    if [ ${#packages[@]} != 0 ]; then
        install_packages "${packages[@]}"
    fi
}

install_packages() {
    if [ "$(id -u)" != 0 ]; then
        say "install.sh: for all of it: sudo apt install $*"
        return
    fi
    say "installing Debian's $*"
    export DEBIAN_FRONTEND=noninteractive
    if ! { apt-get -qq update && apt-get -qq install -y --no-install-recommends "$@"; } >&2; then
        say "install.sh: apt could not install $*; it goes on without"
    fi
}

find_python() {
    local python found
    for python in "${PYTHON:-python3}" python3.13 python3.12 python3.11 python3.10; do
        if "$python" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 14))' 2>/dev/null; then
            command -v "$python"
            return
        fi
    done
    found=$("${PYTHON:-python3}" --version 2>&1) || found="no Python"
    fail "Python 3.10 to 3.13 is needed, and here is $found: take a newer system (Debian 12,
Ubuntu 22.04), or name a Python: PYTHON=/usr/bin/python3.11 ./install.sh ..."
}

# What pyproject.toml wants and the environment lacks, for the message when pip cannot go on.
missing() {
    "$VENV/bin/python" - "$1" <<'PYTHON'
import re, sys
from importlib.metadata import PackageNotFoundError, version
text = open("pyproject.toml").read()
wanted = re.search(r"\ndependencies = \[(.*?)\n\]", text, re.S)[1]
if sys.argv[1] == "test":
    wanted += re.search(r"\ntest = \[(.*?)\n\]", text, re.S)[1]
lacking = []
for name, marker in re.findall(r'"([A-Za-z0-9.-]+)[^";]*(;[^"]*)?"', wanted):
    if "armv7l" in marker and "x86_64" not in marker:
        continue
    try:
        version(name)
    except PackageNotFoundError:
        lacking.append(name)
print(" ".join(sorted(set(lacking))) or "nothing by name; see the message above")
PYTHON
}

# The virtual environment, made or brought up to date; fast when nothing has changed.
setup() {
    local extra=${1:-} stamp python
    python=$(find_python)
    if ! "$python" -c 'import ensurepip' 2>/dev/null; then
        install_packages python3-venv
        "$python" -c 'import ensurepip' 2>/dev/null || fail "apt install python3-venv, then again"
    fi
    stamp=$({ "$python" --version; echo "$PWD"; cat pyproject.toml "$CONSTRAINTS"; } | sha256sum)
    if [ -f "$VENV/stamp$extra" ] && [ "$(cat "$VENV/stamp$extra")" = "$stamp" ]; then
        return
    fi
    if [ ! -x "$VENV/bin/python" ] || ! "$VENV/bin/python" -m pip --version >/dev/null 2>&1 ||
        [ "$("$VENV/bin/python" --version)" != "$("$python" --version)" ]; then
        say "making $VENV with $("$python" --version)"
        "$python" -m venv --clear "$VENV"
    fi
    say "installing tagd${extra:+ and its $extra tools} into $VENV"
    if ! "$VENV/bin/python" -m pip install -q --disable-pip-version-check --no-input \
        -c "$CONSTRAINTS" -e ".${extra:+[$extra]}" >&2; then
        fail "pip could not install everything. Missing: $(missing "$extra").
Without a network: bring the wheels (pip download -c $CONSTRAINTS . hatchling editables, elsewhere) and name
their folder: PIP_NO_INDEX=1 PIP_FIND_LINKS=FOLDER ./install.sh ..."
    fi
    printf '%s' "$stamp" >"$VENV/stamp$extra"
}

run_tests() {
    local wanted="not slow" together=0 alone=0
    if [ "${1:-}" = --slow ]; then
        wanted="slow or not slow"
        shift
        # The emulated cameras: a Debian 13 root, and a machine that boots it.
        need debootstrap=debootstrap gcc=gcc qemu-system-x86_64=qemu-system-x86
        # Arm, 64-bit and 32-bit: Debian 12 roots, and what runs their programs.
        need qemu-aarch64-static=qemu-user-static update-binfmts=binfmt-support
        # Whole systems that are booted: tests/nspawn_rig.py.
        need systemd-nspawn=systemd-container
        # The official client of the drop-in APIs that is no Python.
        need node=nodejs npm=npm
        [ -e /usr/include/linux/udmabuf.h ] || install_packages libc6-dev linux-libc-dev
    fi
    need mosquitto=mosquitto mosquitto_sub=mosquitto-clients chromium=chromium openssl=openssl gcc=gcc
    [ -e /usr/include/dlfcn.h ] || install_packages libc6-dev
    [ -e /usr/share/wordnet/data.noun ] || install_packages wordnet-base
    if ! /usr/bin/python3 -c 'import gi; gi.require_version("GstRtspServer", "1.0")' 2>/dev/null; then
        install_packages python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-{base,good,bad}
    fi
    setup test
    # Most tests wait for something most of the time: one process more than there are cores.
    # Those that share a daemon stay together (tests/conftest.py).
    "$VENV/bin/python" -m pytest --cache-clear -n "$(($(nproc) + 1))" \
        -m "($wanted) and not alone" "$@" || together=$?
    # Those that look at a clock want the machine for themselves.
    "$VENV/bin/python" -m pytest -m "($wanted) and alone" "$@" || alone=$?
    if [ "$together" = "$NO_TESTS" ] && [ "$alone" = "$NO_TESTS" ]; then
        return "$NO_TESTS"
    fi
    [[ "$together" =~ ^[0$NO_TESTS]$ && "$alone" =~ ^[0$NO_TESTS]$ ]] || once_more "$wanted"
}

# The files of the few tests that failed beside others are run once more by themselves, and named: on
# a busy machine a few of thousands are late. Whole files, as some of them tell a story in order.
# What is wrong fails again.
once_more() {
    local failed
    mapfile -t failed < <("$VENV/bin/python" - "$FEW" <<'PYTHON'
import json, sys
try:
    names = list(json.load(open(".pytest_cache/v/cache/lastfailed")))
except OSError:
    names = []
if len(names) <= int(sys.argv[1]):
    print(*sorted({name.partition("::")[0] for name in names}), sep="\n", end="")
PYTHON
    )
    [ ${#failed[@]} != 0 ] || return 1
    say "install.sh: once more, alone: ${failed[*]}"
    "$VENV/bin/python" -m pytest -v -m "$1" "${failed[@]}" || return 1
    say "install.sh: they passed alone. Look whether what failed can be made sure."
}

# The appliance: from here on it is Python that needs nothing but Python, out of this checkout or,
# in an unpacked bundle, out of tagd's wheel.
appliance() {
    local python wheel
    if [ -z "${PYTHON:-}" ] && [ -x /usr/bin/python3 ]; then
        PYTHON=/usr/bin/python3  # a service cannot look into home folders
    fi
    python=$(find_python)
    export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$PWD
    if [ ! -d device ]; then
        for wheel in wheels/tagd-*.whl tagd-*.whl; do
            [ ! -f "$wheel" ] || export PYTHONPATH="$PWD/$wheel"
        done
        [[ " $* " =~ " --offline"|" --uninstall " || "${1:---}" != --* ]] || set -- "$@" --offline "$PWD"
    fi
    exec "$python" -m device.appliance "$@" --base "$FROM"
}

lint() {
    setup test
    "$VENV/bin/ruff" check device tests bench models
    "$VENV/bin/ruff" format --check device tests bench models
    "$VENV/bin/mypy"
}

case "${1:-}" in
    demo)
        shift
        need mosquitto=mosquitto
        setup
        exec "$VENV/bin/tagd" demo "$@"
        ;;
    test)
        shift
        run_tests "$@"
        ;;
    lint) lint ;;
    bench)
        setup test
        need mosquitto=mosquitto
        exec "$VENV/bin/python" -m bench
        ;;
    setup) setup ;;
    help | -h | --help) usage ;;
    "" | --* | install | uninstall | status) appliance "$@" ;;
    *)
        usage >&2
        fail "there is no '$1'"
        ;;
esac
