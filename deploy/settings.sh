# What backup, restore and upgrade share: plain messages, and the node's settings. Read by them with `source`.
# shellcheck shell=bash

set -euo pipefail
umask 077   # all that these scripts make can be read by its owner alone

say()  { printf '%s\n' "$*"; }
fail() { printf 'Error: %s\n' "$*" >&2; exit 1; }

need() {   # need PROGRAM PACKAGE
    command -v "$1" >/dev/null || fail "The program $1 is missing. On Debian: apt-get install $2"
}

# Takes over a file of NAME=value lines as systemd reads it; a value may stand in quotes, and is not looked into further.
read_environment() {   # read_environment FILE
    local line
    [ -r "$1" ] || fail "$1 cannot be read."
    while IFS= read -r line || [ -n "$line" ]; do
        [[ $line =~ ^([A-Z_]+)=\"?([^\"]*)\"?$ ]] || continue
        export "${BASH_REMATCH[1]}=${BASH_REMATCH[2]}"
    done < "$1"
}

# Where systemd runs the node, its settings stand in this file; a script started by hand reads it too.
environment_file=${ORDITO_ENV_FILE:-/etc/ordito/ordito.env}

# Sets data_dir, secret_file and kind (sqlite or postgresql), as the node reads them: from the environment, then from
# ordito.toml. For PostgreSQL also PGHOST, PGUSER and so on, by which its programs find it: a password on a command line
# could be read by every user of the machine.
# shellcheck disable=SC2034  # read by those who source this
data_dir='' secret_file='' kind='' failed=''
read_settings() {
    local name value
    need python3 python3
    if [ -z "${ORDITO_DATA_DIR:-}" ] && [ -e "$environment_file" ]; then read_environment "$environment_file"; fi
    while IFS='=' read -r -d '' name value; do
        export "$name=$value"
    done < <(python3 -c "$settings_reader" || printf 'failed=yes\0')
    [ -z "$failed" ] || fail "The settings cannot be read."
}

settings_reader='
import os, tomllib
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

env = {name: value for name, value in os.environ.items() if value}
data = Path(env.get("ORDITO_DATA_DIR", "data")).expanduser().absolute()
config = Path(env.get("ORDITO_CONFIG", data / "ordito.toml"))
written = tomllib.loads(config.read_text()) if config.exists() else {}

def setting(name):
    return env.get(f"ORDITO_{name.upper()}") or str(written.get(name, ""))

secret = Path(setting("secret_file") or data / "secret").expanduser().absolute()
url = setting("database_direct_url") or setting("database_url")
found = {"data_dir": data, "secret_file": secret, "kind": "postgresql" if url else "sqlite"}
if url:
    parts, query = urlsplit(url), dict(parse_qsl(urlsplit(url).query))
    found |= {
        "PGHOST": query.get("host") or parts.hostname or "",
        "PGPORT": query.get("port") or parts.port or "",
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": unquote(parts.path.lstrip("/")),
        "PGSSLMODE": query.get("ssl") or query.get("sslmode") or "",
    }
for name, value in found.items():
    if str(value):
        print(f"{name}={value}", end="\0")
'

# One moment of the database, into FOLDER/ordito.sqlite3 or FOLDER/database.pgdump, without stopping the node. What was
# deleted is not in it.
copy_database() {   # copy_database FOLDER
    if [ "$kind" = postgresql ]; then
        need pg_dump postgresql-client
        pg_dump --format=custom --no-owner --no-privileges --file="$1/database.pgdump"
    else
        python3 - "$data_dir/ordito.sqlite3" "$1/ordito.sqlite3" <<'PYTHON'
import sqlite3, sys
from pathlib import Path
database = sqlite3.connect(f"{Path(sys.argv[1]).as_uri()}?mode=rw", uri=True, timeout=60)
database.execute("VACUUM INTO ?", (sys.argv[2],))
database.close()
PYTHON
    fi
}
