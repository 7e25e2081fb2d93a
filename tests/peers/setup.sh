#!/bin/sh
# Installs what the tests run in JavaScript, and a Node.js of its own: the strict peer on Fedify, and a client on
# masto.js. Does nothing where that is done already. Where it cannot be done it says so, and what needs it is skipped.
set -eu
cd "$(dirname "$0")/.."

install() {
    (
        cd "$1"
        done=node_modules/.installed
        if [ -e "$done" ] && cmp -s package-lock.json "$done"; then
            exit 0
        fi
        if ! command -v npm >/dev/null; then
            echo "npm is missing: tests of $2 are skipped. To enable them: apt-get install npm && make test" >&2
            exit 0
        fi
        if npm ci --no-progress --loglevel=error >&2; then
            cp package-lock.json "$done"
        else
            echo "npm ci failed: tests of $2 are skipped. To enable them: tests/peers/setup.sh" >&2
        fi
    )
}

install peers/fedify "the strict peer"
install clients/masto "masto.js"
