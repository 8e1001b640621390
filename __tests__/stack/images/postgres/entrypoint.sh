#!/bin/bash
# Makes the cluster on first start from POSTGRES_USER, POSTGRES_DB, POSTGRES_PASSWORD_FILE and
# POSTGRES_HOST_AUTH_METHOD, with the meaning they have in the official image, then runs the command as postgres.
set -euo pipefail

if [ "$(id -u)" = 0 ]; then
  chown -R postgres:postgres "$PGDATA"
  # The secret is read before the rights to it are gone.
  POSTGRES_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE")
  export POSTGRES_PASSWORD
  exec setpriv --reuid postgres --regid postgres --init-groups "$0" "$@"
fi

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb --no-sync --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") >/dev/null
  printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >> "$PGDATA/pg_hba.conf"
  if [ "$POSTGRES_DB" != postgres ]; then
    printf 'CREATE DATABASE "%s"\n' "$POSTGRES_DB" | postgres --single -D "$PGDATA" postgres >/dev/null
  fi
fi
unset POSTGRES_PASSWORD
exec "$@"
