#!/bin/sh
# Makes a fresh clone ready: `sh scripts/setup.sh demo|test|paper|fleet|package`. System packages, npm packages, the built program.
# It says what it does, changes nothing that is in order, and takes a moment only when called again.
set -eu

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

purpose=${1:-}
case $purpose in
  demo | test | paper | fleet | package) ;;
  *) say 'usage: sh scripts/setup.sh demo|test|paper|fleet|package'; exit 2 ;;
esac
cd "$(dirname "$0")/.."

# One start of node answers everything that only node knows, a line each: is it new enough, its version, the
# folder its headers hang from (empty without headers), and whether the native binary loads. The words are those
# of an old JavaScript, so that an old node can say that it is old.
ask_node() {
  answers=$(node -e '
    var version = process.versions.node.split(".").map(Number)
    var prefix = require("path").resolve(process.execPath, "../..")
    var headers = require("fs").existsSync(prefix + "/include/node/node.h")
    var native = "missing"
    try { require("pkcs11js"); native = "loads" } catch (e) {}
    console.log(version[0] > 20 || (version[0] === 20 && version[1] >= 19) ? "new" : "old")
    console.log(process.version)
    console.log(headers ? prefix : "")
    console.log(native)')
  { read -r age; read -r version; read -r prefix; read -r native; } <<EOF
$answers
EOF
}

check_node() {
  have node || fail 'node is not on the path; keyrite needs node 20.19 or newer'
  have npm || fail 'npm is not on the path; it comes with node, on debian as the package npm'
  ask_node
  [ "$age" = new ] || fail "this is node $version; keyrite needs node 20.19 or newer"
}

# --- system packages ---------------------------------------------------------------------------------------------

# The same places as in test/support/softhsm.ts: Debian, Fedora, Homebrew.
softhsm_is_here() {
  for place in /usr/lib/softhsm /usr/lib/*/softhsm /usr/lib64/pkcs11 /usr/local/lib/softhsm /opt/homebrew/lib/softhsm; do
    [ ! -e "$place/libsofthsm2.so" ] || return 0
  done
  return 1
}

# Node from elsewhere brings its headers along; where a package of the distribution doesn't, they are in libnode-dev.
headers_are_elsewhere() {
  [ -z "$prefix" ] && [ "$native" != loads ] && have dpkg-query && dpkg-query -W nodejs >/dev/null 2>&1 &&
    ! dpkg-query -W libnode-dev >/dev/null 2>&1
}

need() { have "$1" || missing="$missing $2"; }

find_missing() {
  missing=''
  need python3 python3
  need make make
  need g++ g++
  ! headers_are_elsewhere || missing="$missing libnode-dev"
  if [ "$purpose" = package ]; then
    need dpkg-deb dpkg
  else
    softhsm_is_here || missing="$missing softhsm2"
  fi
  if [ "$purpose" = paper ]; then
    need chromium chromium
    need zbarimg zbar-tools
    need pdftoppm poppler-utils
    [ -e /usr/share/fonts/truetype/dejavu ] || missing="$missing fonts-dejavu-core"
  fi
  if [ "$purpose" = fleet ]; then
    [ -n "$(ls -d /usr/lib/postgresql/*/bin/postgres 2>/dev/null)" ] || missing="$missing postgresql"
    need openssl openssl
    need ps procps
  fi
  [ "$purpose" = test ] || return 0
  need pkcs11-tool opensc
  need p11tool gnutls-bin
  need age age
  need openssl openssl
  need ssh-keygen openssh-client
  need ps procps
  need groff groff-base
  need mandoc mandoc
  need zsh zsh
  need fish fish
}

# Empty lists are usual in a container, old ones name packages that are gone: both are cured by an update.
install_with() {
  say "installing$missing"
  # shellcheck disable=SC2086
  apt-cache show $missing >/dev/null 2>&1 || "$@" apt-get -qq update || fail 'apt-get update failed'
  # shellcheck disable=SC2086
  "$@" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $missing >/dev/null && return
  say 'that failed; once more with fresh package lists'
  "$@" apt-get -qq update || fail 'apt-get update failed'
  # shellcheck disable=SC2086
  "$@" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $missing >/dev/null ||
    fail "could not install$missing"
}

install_missing() {
  [ -n "$missing" ] || return 0
  if ! have apt-get; then
    fail "missing; install what this system calls:$missing"
  elif [ "$(id -u)" = 0 ]; then
    install_with
  elif have sudo && sudo -n true 2>/dev/null; then
    install_with sudo -n
  else
    say 'missing system packages; run this, then start again:'
    printf '  sudo apt-get update && sudo apt-get install -y --no-install-recommends%s\n' "$missing" >&2
    exit 1
  fi
}

# --- npm packages ------------------------------------------------------------------------------------------------

stamp=node_modules/.keyrite-stamp
lock_hash() { cksum <package-lock.json; }

# A plain `npm ci` leaves no stamp of ours, but a list of its own that is newer than the lock file.
packages_are_current() {
  [ -d node_modules ] || return 1
  if [ -e "$stamp" ]; then
    [ "$(cat "$stamp")" = "$(lock_hash)" ]
  else
    [ -n "$(find node_modules/.package-lock.json -newer package-lock.json 2>/dev/null)" ]
  fi
}

# The warning that npm has for this variable is harmless: node-gyp reads it, npm itself doesn't know it.
point_at_headers() {
  [ -z "$prefix" ] || export npm_config_nodedir="$prefix"
}

install_packages() {
  packages_are_current && return
  say 'installing npm packages and building the native binary (npm ci)'
  rm -f "$stamp"
  npm ci --no-audit --no-fund --no-update-notifier --loglevel=error >&2 || fail 'npm ci failed'
  ask_node
}

check_native() {
  [ "$native" = loads ] && return
  say 'building the native binary of pkcs11js'
  npm rebuild pkcs11js --no-update-notifier --loglevel=error >&2 || fail 'the build of pkcs11js failed'
  node -e 'require("pkcs11js")' || fail 'pkcs11js was built and does not load'
}

# --- the program -------------------------------------------------------------------------------------------------

program_is_current() {
  [ -e dist/main.cjs ] && [ -e dist/host.cjs ] && [ -e SHA256SUMS ] &&
    [ -z "$(find src bin scripts/build.mjs scripts/program.mjs scripts/compile.cjs package.json package-lock.json -newer dist/main.cjs -print)" ]
}

build_program() {
  program_is_current && return
  say 'building dist'
  node scripts/build.mjs || fail 'the build failed'
}

check_node
find_missing
install_missing
point_at_headers
install_packages
check_native
lock_hash >"$stamp"
build_program
say 'ready'
