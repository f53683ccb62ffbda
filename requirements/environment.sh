#!/bin/bash
# Makes .venv in the checkout from a lock of this folder: environment.sh run|test
# Every package is checked against its hash; the index comes from the machine's own pip configuration.
# A finished environment is left as it is; of two at once the second waits.
set -euo pipefail
cd "$(dirname "$0")/.."
mode=${1:?run or test}
lock=requirements/$mode.lock
fail() { echo "environment: $*" >&2; exit 1; }

python=${CALLCENTRE_PYTHON:-python3}
command -v "$python" > /dev/null || fail "Python is missing. Install Python 3.11 or newer, or name one in CALLCENTRE_PYTHON."
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
  || fail "$("$python" -V) is too old. Python 3.11 or newer is needed; name one in CALLCENTRE_PYTHON."

mkdir -p .venv 2> /dev/null && [ -w .venv ] \
  || fail "this user may not write to $PWD. Make a checkout of your own, or give the user the right to it."
exec 8> .venv/.lock
flock -w 1200 8 || fail "another run has been preparing .venv for 20 minutes. Stop it and start again."
stamp=$({ cat "$lock" pyproject.toml; "$python" -V; } | sha256sum | cut -c1-16)
for made in ".venv/.made-$mode" .venv/.made-test; do # the test environment holds all of the other
  [ "$made" = .venv/.made-test ] && stamp=$({ cat requirements/test.lock pyproject.toml; "$python" -V; } | sha256sum | cut -c1-16)
  [ -f "$made" ] && [ "$(cat "$made")" = "$stamp" ] && exit 0
done

echo "environment: installing the packages of $lock"
if [ ! -x .venv/bin/python ]; then
  if "$python" -c 'import ensurepip' 2> /dev/null; then
    "$python" -m venv .venv
  else # Debian's Python without python3-venv: pip comes as a wheel from Debian's archive
    "$python" -m venv --without-pip .venv
    dialplan/provision.sh pip > /dev/null
  fi
fi
if .venv/bin/python -c 'import pip' 2> /dev/null; then
  pip=(.venv/bin/python -m pip)
else
  pip=(.venv/bin/python "$(dialplan/provision.sh where pip)/pip.whl/pip")
fi
for file in "$lock" requirements/build.lock; do
  "${pip[@]}" install -q --disable-pip-version-check --require-hashes -r "$file" \
    || fail "the packages of $file could not be installed. Check the network and pip's configuration (/etc/pip.conf, PIP_INDEX_URL), then start again."
done
"${pip[@]}" install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
{ cat "$lock" pyproject.toml; "$python" -V; } | sha256sum | cut -c1-16 > ".venv/.made-$mode"
