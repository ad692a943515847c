#!/bin/sh
# Dumps the database at DATABASE_URL into a new file of /backups, and removes all dumps but the newest KEEP.
set -eu
umask 077
fail() { echo "backup: $1" >&2; exit 1; }

password=/run/secrets/postgres/postgres-password
[ -r "$password" ] || fail "$password cannot be read; is there a key postgres-password in the database's Secret?"
export PGPASSFILE=/tmp/pgpass
printf '*:*:*:*:%s\n' "$(sed 's/[\\:]/\\&/g' "$password")" > "$PGPASSFILE"

# A new pod is known to the network policies a moment after it got its address.
attempt=0
until pg_isready --quiet --timeout=2 --dbname="$DATABASE_URL"; do
    attempt=$((attempt + 1))
    [ "$attempt" -lt 300 ] || fail "no PostgreSQL at $DATABASE_URL after 300 attempts"
    sleep 1
done

cd /backups
name=todo-$(date -u +%Y%m%dT%H%M%SZ).dump
# What an earlier run left when it was stopped; there is only one at a time.
rm -f -- todo-*.part
trap 'rm -f -- "$name.part"' EXIT
pg_dump --dbname="$DATABASE_URL" --format=custom --lock-wait-timeout=60s --file="$name.part"
pg_restore --list "$name.part" > /dev/null
sync "$name.part"
# A file without “.part” is a whole dump.
mv -- "$name.part" "$name"
echo "backup: wrote $name, $(stat -c %s "$name") bytes"
find . -maxdepth 1 -name 'todo-*.dump' | sort -r | tail -n "+$((KEEP + 1))" | while read -r old; do
    rm -- "$old"
    echo "backup: removed ${old#./}, as $KEEP are kept"
done
