#!/bin/sh
# Creates the database cluster on the first start, then becomes the given command (postgres) as PID 1.
set -eu

fail() { echo "postgres: $1" >&2; exit 1; }

# from_file NAME [DEFAULT]: NAME keeps its value, else takes the content of the file in NAME_FILE, else DEFAULT.
from_file() {
    eval "value=\${$1:-} file=\${$1_FILE:-}"
    [ -z "$value" ] || [ -z "$file" ] || fail "both $1 and $1_FILE are set; keep one"
    if [ -n "$file" ]; then
        [ -r "$file" ] || fail "$1_FILE names $file, which cannot be read; mount it for uid $(id -u)"
        value=$(cat "$file")
    fi
    eval "$1=\${value:-\${2:-}}"
    unset "$1_FILE" value file
}

# initdb looks its user up in the password database, which does not know an arbitrary uid.
named_user() {
    if getent passwd "$(id -u)" >/dev/null; then "$@"; return; fi
    entry=$(mktemp)
    echo "postgres:x:$(id -u):$(id -g)::/tmp:/bin/false" > "$entry"
    NSS_WRAPPER_PASSWD=$entry NSS_WRAPPER_GROUP=/dev/null LD_PRELOAD=libnss_wrapper.so "$@"
    rm -f "$entry"
}

run_initdb() {
    # shellcheck disable=SC2086  # POSTGRES_INITDB_ARGS is a list of options
    if [ -n "$POSTGRES_PASSWORD" ]; then
        printf '%s\n' "$POSTGRES_PASSWORD" | named_user initdb -D "$1" --username="$POSTGRES_USER" \
            --auth-local=trust --auth-host=scram-sha-256 --pwfile=/dev/stdin ${POSTGRES_INITDB_ARGS:-}
    else
        named_user initdb -D "$1" --username="$POSTGRES_USER" \
            --auth-local=trust --auth-host=scram-sha-256 ${POSTGRES_INITDB_ARGS:-}
    fi
    printf 'host all all all %s\n' "$method" >> "$1/pg_hba.conf"
}

run_sql() { psql --no-psqlrc -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" "$@"; }

init_scripts() {
    for script in /docker-entrypoint-initdb.d/*; do
        case $script in
            *.sh) echo "running $script"; if [ -x "$script" ]; then "$script"; else sh -eu "$script"; fi ;;
            *.sql) echo "running $script"; run_sql -d "$POSTGRES_DB" -f "$script" ;;
            *.sql.gz) echo "running $script"; gunzip -c "$script" | run_sql -d "$POSTGRES_DB" ;;
        esac
    done
}

create_cluster() {
    from_file POSTGRES_PASSWORD
    from_file POSTGRES_USER postgres
    from_file POSTGRES_DB "$POSTGRES_USER"
    from_file POSTGRES_INITDB_ARGS
    method=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}
    [ -n "$POSTGRES_PASSWORD" ] || [ "$method" = trust ] ||
        fail "no password for the new database; set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE"
    # Built aside and moved in with PG_VERSION last: a start that is cut short leaves nothing half-made behind.
    new=$PGDATA/.new
    trap 'exit 143' TERM INT
    if [ -e "$new" ]; then find "$PGDATA" -mindepth 1 -delete; fi
    run_initdb "$new"
    pg_ctl -D "$new" -w -s -o "-c listen_addresses=''" start
    export POSTGRES_USER POSTGRES_DB
    if [ "$POSTGRES_DB" != postgres ]; then
        echo 'CREATE DATABASE :"db";' | run_sql -d postgres -v db="$POSTGRES_DB" -q
    fi
    init_scripts
    pg_ctl -D "$new" -w -s -m fast stop
    find "$new" -mindepth 1 -maxdepth 1 ! -name PG_VERSION -exec mv -t "$PGDATA" {} +
    mv "$new/PG_VERSION" "$PGDATA/PG_VERSION"
    rmdir "$new"
}

case ${1:-} in -* | '') set -- postgres "$@" ;; esac
[ "$1" = postgres ] || exec "$@"

mkdir -p "$PGDATA"
if [ "$(id -u)" = 0 ]; then
    install -d -m 3777 -o postgres -g postgres /var/run/postgresql
    find "$PGDATA" ! -user postgres -exec chown postgres:postgres {} +
    chmod 0700 "$PGDATA"
    export HOME=/var/lib/postgresql
    exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
chmod 0700 "$PGDATA" || fail "$PGDATA does not belong to uid $(id -u); let PGDATA name a directory below the volume"
[ -s "$PGDATA/PG_VERSION" ] || create_cluster
unset POSTGRES_PASSWORD POSTGRES_PASSWORD_FILE
exec "$@"
