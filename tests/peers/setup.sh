#!/bin/sh
# Installs what the strict peer of the tests runs on: Fedify, and a Node.js of its own, into a folder beside it.
# Does nothing where that is done already. Where it cannot be done it says so, and the tests that need it are skipped.
set -eu
cd "$(dirname "$0")/fedify"
done=node_modules/.installed
if [ -e "$done" ] && cmp -s package-lock.json "$done"; then
    exit 0
fi
if ! command -v npm >/dev/null; then
    echo "npm is missing: tests of the strict peer are skipped. To enable them: apt-get install npm && make test" >&2
    exit 0
fi
if npm ci --no-progress --loglevel=error >&2; then
    cp package-lock.json "$done"
else
    echo "npm ci failed: tests of the strict peer are skipped. To enable them: tests/peers/setup.sh" >&2
fi
