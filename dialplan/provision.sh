#!/bin/bash
# Makes the private trees: programs from Debian's archive, unpacked into a cache folder. No root, nothing installed
# on the host, no maintainer script run, the host's apt state untouched.
#
#   provision.sh run  [DEST]    Asterisk 22, sounds, sipp, Redis, RHVoice with a Python of their own (Debian testing)
#   provision.sh test [DEST]    PostgreSQL, Chromium, Cyrillic fonts (the host's own Debian release)
#   provision.sh pip  [DEST]    pip as a wheel, for a host whose Python has no ensurepip:
#                               python3 -m venv --without-pip V; V/bin/python DEST/pip.whl/pip install ...
#   provision.sh where run|test|pip     prints the default DEST and does nothing
#
# The default DEST is in ${CALLCENTRE_CACHE:-${XDG_CACHE_HOME:-~/.cache}/callcentre}; its name carries a stamp of the
# package list, so that a changed list makes a new tree and older checkouts keep theirs. A finished tree is left as it
# is; an interrupted run is taken up again (its downloads are kept); of two runs at once the second waits.
# The mirror comes from the machine's apt configuration, or from CALLCENTRE_DEBIAN_MIRROR.
set -euo pipefail
export LC_ALL=C
umask 022

usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "$0" >&2; exit 2; }
fail() { echo "provision: $*" >&2; exit 1; }

LAYOUT=5 # raise it when the tree is laid out differently for the same packages

host_release() { # the codename of the host's Debian, for programs that run on the host's own C library
  local name
  name=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release 2>/dev/null | tr -d '"')
  [ -n "$name" ] || fail "/etc/os-release names no Debian release. Set CALLCENTRE_HOST_RELEASE, e.g. bookworm."
  echo "$name"
}

choose() { # MODE: sets SUITE, COMPONENTS, PACKAGES, SKIP (packages not unpacked), SPACE_MB
  case $1 in
  run)
    SUITE=forky COMPONENTS="main contrib non-free" SPACE_MB=1500
    PACKAGES="asterisk asterisk-core-sounds-ru-wav asterisk-core-sounds-en-wav asterisk-moh-opsound-wav sip-tester
      redis-server rhvoice rhvoice-russian rhvoice-english librhvoice5 python3"
    SKIP='perl*|libperl*|dpkg_*|systemd*|passwd_*|adduser_*|asterisk-config_*|media-types_*|debconf_*' ;;
  test)
    SUITE=${CALLCENTRE_HOST_RELEASE:-$(host_release)} COMPONENTS=main SPACE_MB=3500
    # The C library is the host's own: a second one beside the host's loader does not run.
    PACKAGES="postgresql-15 chromium fontconfig-config fonts-dejavu-core fonts-liberation"
    SKIP='libc6_*|libc-bin_*|perl*|libperl*|dpkg_*|systemd*|passwd_*|adduser_*|debconf_*|ssl-cert_*|libllvm*|libgl1-mesa-dri_*' ;;
  pip)
    SUITE=${CALLCENTRE_HOST_RELEASE:-$(host_release)} COMPONENTS=main SPACE_MB=50
    PACKAGES="python3-pip-whl" SKIP='ca-certificates_*|openssl_*|libssl*|libc6_*|debconf_*' ;;
  *) usage ;;
  esac
  PACKAGES=$(echo $PACKAGES)
  STAMP="$LAYOUT $(uname -m) $SUITE $COMPONENTS $PACKAGES"
}

default_place() {
  local cache=${CALLCENTRE_CACHE:-${XDG_CACHE_HOME:-${HOME:?HOME is not set: set CALLCENTRE_CACHE}/.cache}/callcentre}
  echo "$cache/$1-$(echo "$STAMP" | sha256sum | cut -c1-12)"
}

[ $# -ge 1 ] || usage
if [ "$1" = where ]; then
  choose "${2:-}"
  default_place "$2"
  exit 0
fi
MODE=$1
choose "$MODE"
DEST=$(realpath -m "${2:-$(default_place "$MODE")}")
is_ready() { [ -f "$DEST/.stamp" ] && [ "$(cat "$DEST/.stamp")" = "$STAMP" ]; }
if is_ready; then echo "ready: $DEST"; exit 0; fi

STEPS=5 STEP=0
step() { STEP=$((STEP + 1)); echo "[$STEP/$STEPS] $*"; }

for tool in apt-get dpkg-deb flock sha256sum tar; do
  command -v $tool > /dev/null || fail "'$tool' is missing: the private tree needs a Debian host (apt, dpkg, util-linux, coreutils)."
done
mkdir -p "$(dirname "$DEST")" || fail "cannot make $(dirname "$DEST"): set CALLCENTRE_CACHE to a folder you may write to."
exec 9> "$DEST.lock"
if ! flock -n 9; then
  echo "another run prepares $DEST: waiting for it"
  flock -w 1800 9 || fail "the other run has not ended within 30 minutes. Stop it and start again."
fi
if is_ready; then echo "ready: $DEST"; exit 0; fi
FREE_MB=$(df -Pm "$(dirname "$DEST")" | awk 'NR==2 {print $4}')
[ "$FREE_MB" -ge "$SPACE_MB" ] || fail "$FREE_MB MB free beside $DEST, $SPACE_MB MB needed. Make room or set CALLCENTRE_CACHE."

# --- where the packages come from
targets() { apt-get indextargets --no-release-info --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' 2> /dev/null | sort -u; }
MIRROR=${CALLCENTRE_DEBIAN_MIRROR:-$(targets | awk '$1 ~ /debian\/?$/ {print $1; exit}')}
[ -n "$MIRROR" ] || fail "no Debian mirror in the apt configuration. Set CALLCENTRE_DEBIAN_MIRROR to its address."
SECURITY=$(targets | awk -v want="$SUITE-security" '$2 == want {print $1; exit}')
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
[ -f "$KEYRING" ] || fail "$KEYRING is missing: the packages could not be verified. Install debian-archive-keyring."

WORK=$DEST.work NEW=$DEST.new
mkdir -p "$WORK"/etc "$WORK"/state/lists/partial "$WORK"/cache/archives/partial
rm -rf "$NEW"
trap 'rm -rf "$NEW"' EXIT
: > "$WORK/status"
SOURCE="deb [signed-by=$KEYRING] $MIRROR $SUITE $COMPONENTS"
echo "$SOURCE" > "$WORK/etc/sources.list"
if [ -n "$SECURITY" ]; then echo "deb [signed-by=$KEYRING] $SECURITY $SUITE-security $COMPONENTS" >> "$WORK/etc/sources.list"; fi

apt_here() { # apt-get on a state of our own; the addresses in its words are not shown
  apt-get -q -y -o Dir::Etc::sourcelist="$WORK/etc/sources.list" -o Dir::Etc::sourceparts=- -o Dir::Etc::preferences=- \
    -o Dir::Etc::preferencesparts=- -o Dir::State="$WORK/state" -o Dir::State::status="$WORK/status" \
    -o Dir::Cache="$WORK/cache" -o Dir::Cache::archives="$WORK/cache/archives/" -o Dir::Log="$WORK" \
    -o Acquire::Check-Valid-Until=false -o Acquire::Check-Date=false -o Acquire::Languages=none -o Acquire::Retries=3 \
    -o Acquire::http::Timeout=30 -o APT::Install-Recommends=false -o APT::Sandbox::User="$(id -un)" \
    -o APT::Keep-Downloaded-Packages=true -o Binary::apt-get::APT::Keep-Downloaded-Packages=true \
    -o APT::Update::Post-Invoke::= -o DPkg::Post-Invoke::= -o APT::Update::Error-Mode=any "$@" > "$WORK/log" 2>&1
}
show_log() { sed -E 's#[a-z+]+://[^ ]*#MIRROR#g; s#[A-Za-z0-9.-]+\.(com|org|net|io|dev|internal|local)(:[0-9]+)?#HOST#g; s#[0-9]+(\.[0-9]+){3}#ADDRESS#g' "$WORK/log" | tail -20 >&2; }

step "fetching package lists (Debian $SUITE)"
if [ -n "$SECURITY" ] && ! apt_here update; then
  # A mirror without the security suite still gives everything that is needed.
  echo "$SOURCE" > "$WORK/etc/sources.list"
  SECURITY=
fi
if [ -z "$SECURITY" ] && ! apt_here update; then
  show_log
  fail "the package lists could not be fetched. Check the network and apt's proxy settings, then start again."
fi

step "downloading packages"
# shellcheck disable=SC2086  # a list of words
apt_here install --download-only $PACKAGES || { show_log; fail "the packages could not be fetched. Start again: what is there is kept."; }

step "unpacking $(find "$WORK/cache/archives" -maxdepth 1 -name '*.deb' | wc -l) packages"
mkdir -p "$NEW"/usr/{bin,sbin,lib,lib64} "$NEW/wrap"
for d in bin sbin lib lib64; do ln -s usr/$d "$NEW/$d"; done
# The set apt has chosen now: a kept download of an earlier version must not be unpacked over it.
apt_here install --simulate $PACKAGES
sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*\[\(.*\)\])$/\1 \2 \3/p; s/^Inst \([^ ]*\) (\([^ ]*\) .*\[\(.*\)\]) .*/\1 \2 \3/p' "$WORK/log" | sort -u > "$WORK/chosen"
[ -s "$WORK/chosen" ] || { show_log; fail "apt has chosen no package."; }
while read -r name version arch; do
  deb="$WORK/cache/archives/${name}_${version//:/%3a}_$arch.deb"
  [ -f "$deb" ] || fail "the download of $name is missing. Remove $WORK and start again."
  # shellcheck disable=SC2254  # a pattern on purpose
  eval "case ${deb##*/} in $SKIP) continue ;; esac"
  dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$NEW" --keep-directory-symlink --no-same-owner --no-same-permissions \
    --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*' \
    --exclude='./usr/share/lintian/*' --exclude='./var/*' --exclude='./usr/lib/postgresql/*/lib/bitcode/*'
  echo "$name $version" >> "$NEW/versions.txt"
done < "$WORK/chosen"

step "writing launchers"
launcher() { # NAME PROGRAM KIND: wrap/NAME starts PROGRAM of the tree; KIND own = the tree's loader, host = the host's
  cat > "$NEW/wrap/$1" <<'WRAP'
#!/bin/bash
# Starts one program of the private tree with the tree's own libraries.
R=$(cd "$(dirname "$(realpath "$0")")/.." && pwd)
for L in "$R"/usr/lib/*-linux-gnu; do :; done
export OPENSSL_MODULES=$L/ossl-modules OPENSSL_CONF=/dev/null
WRAP
  if [ -n "${4:-}" ]; then echo "$4" >> "$NEW/wrap/$1"; fi
  if [ "$3" = own ]; then
    cat >> "$NEW/wrap/$1" <<WRAP
for LD in "\$R"/usr/lib64/ld-linux-*.so.* "\$L"/ld-linux-*.so.* "\$R"/usr/lib/ld-linux-*.so.*; do [ -f "\$LD" ] && break; done
exec "\$LD" --library-path "\$L:\$L/pulseaudio" --argv0 "$1" "\$R/$2" ${5:-} "\$@"
WRAP
  else
    cat >> "$NEW/wrap/$1" <<WRAP
export LD_LIBRARY_PATH=\$L:\$L/pulseaudio\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}
exec "\$R/$2" ${5:-} "\$@"
WRAP
  fi
  chmod 755 "$NEW/wrap/$1"
}

lay_out_run() {
  local sounds=$NEW/usr/share/asterisk/sounds python
  # The packaged links of the languages are absolute and lead to the host.
  ln -sfn ru_RU_f_IvrvoiceRU "$sounds/ru"
  ln -sfn en_US_f_Allison "$sounds/en"
  launcher asterisk usr/sbin/asterisk own
  launcher sipp usr/bin/sipp own
  launcher redis-server usr/bin/redis-server own
  launcher redis-cli usr/bin/redis-cli own
  python=$(cd "$NEW" && ls -d usr/bin/python3.[0-9]* | sort -V | tail -1)
  launcher python3 "$python" own 'export PYTHONHOME=$R/usr PYTHONDONTWRITEBYTECODE=1 PYTHONNOUSERSITE=1; unset PYTHONPATH'
}

lay_out_test() {
  local program pg=usr/lib/postgresql/15
  for program in postgres pg_ctl psql pg_dump pg_isready; do launcher $program $pg/bin/$program host; done
  launcher initdb $pg/bin/initdb host '' '-L "$R/usr/share/postgresql/15"'
  launcher chromium usr/lib/chromium/chromium host 'export FONTCONFIG_FILE=$R/fonts.conf'
  cat > "$NEW/fonts.conf" <<'FONTS'
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">usr/share/fonts</dir>
  <cachedir prefix="xdg">callcentre-fontconfig</cachedir>
  <alias binding="same"><family>sans-serif</family><prefer><family>Liberation Sans</family><family>DejaVu Sans</family></prefer></alias>
  <alias binding="same"><family>system-ui</family><prefer><family>Liberation Sans</family><family>DejaVu Sans</family></prefer></alias>
  <alias binding="same"><family>Arial</family><prefer><family>Liberation Sans</family></prefer></alias>
  <alias binding="same"><family>serif</family><prefer><family>Liberation Serif</family><family>DejaVu Serif</family></prefer></alias>
  <alias binding="same"><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
</fontconfig>
FONTS
}

lay_out_pip() {
  local wheel
  wheel=$(cd "$NEW" && ls usr/share/python-wheels/pip-*.whl | tail -1)
  ln -s "$wheel" "$NEW/pip.whl"
}

"lay_out_$MODE"

step "trying the programs"
try_run() {
  "$NEW/wrap/asterisk" -V && "$NEW/wrap/redis-server" --version | cut -d' ' -f1-3 && "$NEW/wrap/redis-cli" --version &&
    "$NEW/wrap/python3" -c 'import ctypes, json; ctypes.CDLL("libRHVoice.so.5"); print("RHVoice loads")' &&
    { "$NEW/wrap/sipp" -v || :; } | grep -o 'SIPp v[^ ]*' # sipp -v ends with status 99
}
try_test() { "$NEW/wrap/postgres" --version && "$NEW/wrap/chromium" --version; }
try_pip() { [ -f "$NEW/pip.whl" ] && echo "pip: $(basename "$(readlink "$NEW/pip.whl")")"; }
"try_$MODE" || fail "a program of the new tree does not start; see above. Remove $WORK and start again."

echo "$STAMP" > "$NEW/.stamp"
if [ -d "$DEST" ]; then rm -rf "$DEST.old"; mv "$DEST" "$DEST.old"; fi
mv "$NEW" "$DEST"
rm -rf "$DEST.old" "$WORK"
echo "ready: $DEST ($(du -sh "$DEST" | cut -f1))"
