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
# What earlier runs left when they were stopped. Others may be under way: the first backup, one on schedule and one made by
# hand. None of them lasts longer than an hour, the deadline of its Job.
find . -maxdepth 1 -name 'todo-*.part*' -mmin +60 -exec rm -f -- {} +
part=$(mktemp "$name.part.XXXXXX")
trap 'rm -f -- "$part"' EXIT
pg_dump --dbname="$DATABASE_URL" --format=custom --lock-wait-timeout=60s --file="$part"
pg_restore --list "$part" > /dev/null
sync "$part"
# A file without “.part” is a whole dump.
mv -- "$part" "$name"
echo "backup: wrote $name, $(stat -c %s "$name") bytes"
find . -maxdepth 1 -name 'todo-*.dump' | sort -r | tail -n "+$((KEEP + 1))" | while read -r old; do
    rm -f -- "$old"
    echo "backup: removed ${old#./}, as $KEEP are kept"
done
