#!/bin/bash
# Gives the user `deploy` the uid it has outside, the right to the mounted Docker socket, and the checkout; runs sshd.
set -euo pipefail

usermod -u "$DEPLOY_UID" -o deploy
chown -R deploy /home/deploy
# All but the logs, which belong to fluentd's user.
find "$CHECKOUT" -path "$CHECKOUT/tmp/logs" -prune -o -exec chown deploy {} +
# The folders above the mount are this container's own; one of them may be root's home.
folder=$(dirname "$CHECKOUT")
while [ "$folder" != / ]; do
  chmod o+x "$folder"
  folder=$(dirname "$folder")
done
gid=$(stat -c %g /var/run/docker.sock)
getent group "$gid" >/dev/null || groupadd -g "$gid" docker
usermod -aG "$(getent group "$gid" | cut -d: -f1)" deploy

# Private host keys must not be readable by others, whatever the mount says.
install -d -m 0755 /etc/stack
install -m 0600 /run/stack/ssh_host_* /etc/stack/
install -m 0644 /run/stack/authorized_keys /etc/stack/
exec /usr/sbin/sshd -D -e
