#!/bin/sh
# Tries the packages where nothing of this repository is: `npm run test:package`. The Debian package in bare Debian 12 and 13 (as root,
# with debootstrap; the bare systems are kept in build/trial), the npm package by npm 9 to 12 and pnpm. Takes some minutes and the net.
set -eu
cd "$(dirname "$0")/.."
where=${TRIAL:-$PWD/build/trial}
mkdir -p "$where"
say() { printf '\n== %s\n' "$*"; }
fail() { printf 'trial: %s\n' "$*" >&2; exit 1; }

say 'two versions of the packages'
node scripts/package.mjs
deb=$(ls "$PWD"/build/package/keyrite_*_"$(dpkg --print-architecture)".deb)
tgz=$(ls "$PWD"/build/package/keyrite-*.tgz)
rm -rf "$where/newer" && dpkg-deb -R "$deb" "$where/newer"
sed -i 's/^Version: .*/&+trial/' "$where/newer/DEBIAN/control"
dpkg-deb --root-owner-group -b "$where/newer" "$where/newer.deb" >/dev/null

# --- the npm package -------------------------------------------------------------------------------------------------

try_keyrite() {
  "$1" --version >/dev/null
  "$1" doctor --home "$where/nowhere" | grep -q '^ok  *native part' || fail "the native part does not load: $1"
}

for version in 9 10 11 12; do
  say "npm $version"
  npm install --silent --no-audit --no-fund --prefix "$where/npm-$version" "npm@$version"
  prefix=$where/npm-$version/global
  rm -rf "$prefix"
  "$where/npm-$version/node_modules/.bin/npm" install --silent --no-audit --no-fund -g --prefix "$prefix" "$tgz"
  try_keyrite "$prefix/bin/keyrite"
  # From 12 on npm links manuals of no package.
  [ "$version" = 12 ] || [ -e "$prefix/share/man/man1/keyrite-key-rotate.1" ] || fail "npm $version links no manuals"
done

say 'pnpm, which runs no scripts'
npm install --silent --no-audit --no-fund --prefix "$where/pnpm" pnpm@10
mkdir -p "$where/project" && echo '{}' >"$where/project/package.json"
(cd "$where/project" && "$where/pnpm/node_modules/.bin/pnpm" add --silent "$tgz")
try_keyrite "$where/project/node_modules/.bin/keyrite"

# --- the Debian package ----------------------------------------------------------------------------------------------

[ "$(id -u)" = 0 ] || fail 'the rest needs root, for debootstrap and chroot'
command -v debootstrap >/dev/null || fail 'debootstrap is missing: apt-get install debootstrap'

# What somebody does with it, who is nobody special.
cat >"$where/life.sh" <<'LIFE'
set -eu
export HOME=/home/custodian SOFTHSM2_CONF=/home/custodian/softhsm2.conf
cd
module=/usr/lib/softhsm/libsofthsm2.so
shares='--share shares/alice.share.txt --share shares/bob.share.txt --no-input'
case $1 in
  begin)
    mkdir -m 700 tokens shares
    printf 'directories.tokendir = %s/tokens\n' "$HOME" >"$SOFTHSM2_CONF"
    keyrite partition init pay --module "$module" --threshold 2 --custodian alice --custodian bob --custodian carol \
      --shares-dir shares --unsafe-plain-shares --no-input
    keyrite key generate card --type aes-256 $shares
    keyrite backup create pay.backup $shares
    keyrite doctor | grep -E '^(ok|problem) +(native part|program|node|pay: token)'
    (cd /usr/lib/keyrite && sha256sum --quiet -c SHA256SUMS && sha256sum SHA256SUMS)
    ;;
  # A ceremony that waits for its shares, until somebody writes them into the pipe.
  wait)
    mkfifo shares/pipe
    exec keyrite key generate slow --type aes-256 --share-fd 0 --no-input <shares/pipe
    ;;
  approve) cat shares/alice.share.txt shares/bob.share.txt >shares/pipe ;;
  again) keyrite key rotate card $shares && keyrite partition check $shares && keyrite audit verify ;;
esac
LIFE

try_debian() {
  suite=$1 base=$where/$1 root=$where/$1.run
  inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@"; }
  as_custodian() { inside setpriv --reuid 1000 --regid 1000 --clear-groups sh /life.sh "$@"; }
  say "bare Debian: $suite"
  [ -e "$base.done" ] || { rm -rf "$base" && nice debootstrap --variant=minbase "$suite" "$base" >/dev/null && touch "$base.done"; }
  umount "$root/proc" 2>/dev/null || true
  rm -rf "$root" && cp -a "$base" "$root"
  mount -t proc proc "$root/proc"
  trap 'umount "$root/proc"' EXIT
  cp "$deb" "$root/keyrite.deb" && cp "$where/newer.deb" "$root/newer.deb" && cp "$where/life.sh" "$root/life.sh"
  inside apt-get -qq update
  inside useradd --uid 1000 --user-group --create-home custodian
  "with_node_of_$suite"
  inside apt-get -qq install -y --no-install-recommends softhsm2 >/dev/null 2>&1
  inside apt-get -qq install -y --no-install-recommends /keyrite.deb >/dev/null
  as_custodian begin
  inside test -e /usr/share/man/man1/keyrite-key-rotate.1.gz -a -e /usr/share/bash-completion/completions/keyrite ||
    fail 'manuals or completions are missing'

  say "$suite: an upgrade waits for a ceremony"
  as_custodian wait &
  ceremony=$!
  until [ -p "$root/home/custodian/shares/pipe" ]; do sleep 1; done
  # The pipe holds the ceremony until it is written to: it is at work from when node has begun.
  exec 9<>"$root/home/custodian/shares/pipe"
  until ls "$root"/home/custodian/.local/state/keyrite/pay/lock >/dev/null 2>&1; do sleep 1; done
  ! inside dpkg -i /newer.deb 2>"$where/said" || fail 'an upgrade went through a ceremony'
  grep 'keyrite is at work' "$where/said" || fail "no reason was given: $(cat "$where/said")"
  as_custodian approve
  exec 9>&-
  wait "$ceremony"

  say "$suite: upgrade and removal leave the home alone"
  inside dpkg -i /newer.deb >/dev/null
  as_custodian again
  before=$(cd "$root/home" && find . -type f -exec sha256sum {} + | sort | sha256sum)
  inside apt-get -qq purge -y keyrite >/dev/null
  [ "$before" = "$(cd "$root/home" && find . -type f -exec sha256sum {} + | sort | sha256sum)" ] || fail 'the home changed'
  ! inside test -e /usr/lib/keyrite -o -e /usr/bin/keyrite || fail 'something is left'
  umount "$root/proc"
  trap - EXIT
  rm -rf "$root"
}

# Debian 13 has a node that is new enough.
with_node_of_trixie() { inside apt-get -qq install -y --no-install-recommends nodejs >/dev/null; }

# Debian 12's is too old: apt says so, and a package of that name from elsewhere helps. Here it is made of the node of this machine.
with_node_of_bookworm() {
  ! inside apt-get install -y --no-install-recommends /keyrite.deb >"$where/said" 2>&1 || fail 'node 18 was taken'
  grep 'nodejs (>= 20.19)' "$where/said" || fail "the reason was not named: $(cat "$where/said")"
  node=$where/nodejs
  rm -rf "$node" && mkdir -p "$node/DEBIAN" "$node/usr/bin"
  cp "$(node -p process.execPath)" "$node/usr/bin/node"
  printf 'Package: nodejs\nVersion: %s\nArchitecture: %s\nMaintainer: nobody <nobody@localhost>\nDepends: libc6, libstdc++6\nDescription: node from elsewhere\n' \
    "$(node -p process.versions.node)" "$(dpkg --print-architecture)" >"$node/DEBIAN/control"
  dpkg-deb --root-owner-group -b "$node" "$root/nodejs.deb" >/dev/null
  inside apt-get -qq install -y --no-install-recommends /nodejs.deb >/dev/null
}

try_debian bookworm
try_debian trixie
say 'everything is as it should be'
