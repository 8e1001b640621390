#!/bin/sh
# Runs Vault as its own user, to whom the configuration belongs, as the official image does.
set -e

if [ "$1" = vault ] && [ "$(id -u)" = 0 ]; then
  [ "$(stat -c %u /vault/config)" = "$(id -u vault)" ] || chown -R vault:vault /vault/config
  exec setpriv --reuid vault --regid vault --clear-groups "$@"
fi
exec "$@"
