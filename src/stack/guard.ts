import type { CallOptions } from '../remote/remote.ts';
import { emptyKatsuCache } from './cache.ts';
import { type Runner, stateFolder } from './lock.ts';
import { ownLabel } from './own-containers.ts';

/** Something that was stopped does not start, or a database does not open. */
const notRight = 78;
/** All else is right, but a restore of authorization was cut off, which only a run can end. */
const notSettled = 79;

/**
 * Puts right what the journal in the current folder names, and removes it once all of that is done. Says what it did, a
 * line each. Every step can be done again, and looks at how things are before it changes them. One text for both who run
 * it: the next run, and the guard on the host when no run comes.
 */
const putRightScript = String.raw`
failed=0
timeout 10 docker version > /dev/null 2>&1 < /dev/null || { echo 'failed to reach Docker'; exit ${notRight}; }
# Gone only if Docker says so: a Docker that gives no answer knows of no container either.
look() {
  at=$(docker inspect --type container --format '{{.State.Status}}' "$1" 2> /dev/null < /dev/null) && return
  case $(docker inspect --type container "$1" 2>&1 > /dev/null < /dev/null) in
    *'No such container'*) at=gone ;;
    *) at=unknown; failed=1 ;;
  esac
}
field() { sed -n "s/^$1 //p" journal; }
start() {
  tries=0
  while :; do
    look "$1"
    case $at in
      running | paused | restarting) return ;;
      gone) echo "left $2, which is not there any more"; return ;;
    esac
    if docker start "$1" > /dev/null 2>&1 < /dev/null; then echo "started $2"; return; fi
    tries=$((tries + 1))
    if [ "$tries" -ge 3 ]; then echo "failed to start $2"; failed=1; return; fi
    sleep 1
  done
}
# The keys go from a file of the container to a program in it; 2 is what vault says of one that is sealed.
unseal() {
  look "$1"; [ "$at" = running ] || return
  docker exec "$1" timeout 60 sh -c '
    export VAULT_ADDR=http://127.0.0.1:8200
    while vault status > /dev/null 2>&1; at=$?; [ "$at" -eq 1 ]; do sleep 0.2; done
    [ "$at" -eq 2 ] || exit 3
    sed -n 2,4p /vault/config/keys.txt | while read -r key; do
      printf %s "$key" | vault write sys/unseal key=- > /dev/null 2>&1 || exit 1
    done
    vault status > /dev/null 2>&1' < /dev/null > /dev/null 2>&1
  case $? in
    0) echo "unsealed $2" ;;
    3) ;;
    # One whose replacing was cut off may have other keys beside it: that is settled by the next run.
    *) echo "failed to unseal $2"; [ -n "$(field authorization)" ] || failed=1 ;;
  esac
}
sql() { docker exec -i "$postgres" psql -X -q -A -t -v ON_ERROR_STOP=1 -v VERBOSITY=sqlstate -w -U "$user" -d "$1" 2> /dev/null; }
run=$(field run)
# Over authorization and databases of different times nothing may write: that is settled by the next run.
mixed=$(field mixed)
postgres=$(field postgres); user=$(echo "$postgres" | cut -d ' ' -f 2); postgres=$(echo "$postgres" | cut -d ' ' -f 1)
vault=$(field vault); name=$(echo "$vault" | cut -d ' ' -f 2); vault=$(echo "$vault" | cut -d ' ' -f 1)

frozen=$(field frozen); frozenName=$(echo "$frozen" | cut -d ' ' -f 2); frozen=$(echo "$frozen" | cut -d ' ' -f 1)
[ -z "$frozen" ] || look "$frozen"
if [ -n "$frozen" ] && [ "$at" = paused ]; then
  if timeout 10 docker unpause "$frozen" > /dev/null 2>&1 < /dev/null; then echo "thawed $frozenName"; else echo "failed to thaw $frozenName"; failed=1; fi
fi

# If nothing runs of what ran, Docker itself went down and took it along.
up=0
field running > running
while read -r id _; do look "$id"; case $at in running | paused | unknown) up=1 ;; esac; done < running
# Remembered, should it take more than one go to bring all of it up again.
[ "$up" = 1 ] || : > down
if [ -e down ]; then
  while read -r id name_; do
    if [ -n "$mixed" ] && [ "$id" != "$vault" ] && grep -q "^service $id " journal; then continue; fi
    start "$id" "$name_"
    [ "$id" != "$vault" ] || unseal "$id" "$name_"
    if [ "$id" = "$postgres" ]; then
      tries=0
      until docker exec "$id" pg_isready -q -U "$user" > /dev/null 2>&1 < /dev/null || [ "$tries" -ge 300 ]; do
        tries=$((tries + 1)); sleep 0.2
      done
    fi
  done < running
fi
rm -f running
# It ran before it was frozen, whoever took it down since.
[ -z "$frozen" ] || start "$frozen" "$frozenName"

at=gone; [ -z "$postgres" ] || look "$postgres"
if [ "$at" != gone ]; then
  names=$(field database | sed "s/.*/'&'/" | paste -s -d , -)
  open() { sql "$1" << SQL
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'candig-backup/$run' \g /dev/null
DO 'BEGIN FOR i IN 1..100 LOOP PERFORM pg_stat_clear_snapshot();
  EXIT WHEN NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = ''candig-backup/$run''); PERFORM pg_sleep(0.1);
END LOOP; END';
SET lock_timeout = '10s';
CREATE TEMPORARY TABLE closed AS SELECT datname FROM pg_database WHERE NOT datallowconn AND (datname IN ('', $names)
  OR starts_with(shobj_description(oid, 'pg_database'), 'candig-backup {') AND shobj_description(oid, 'pg_database') LIKE '%"role":"previous"%');
SELECT format('ALTER DATABASE %I ALLOW_CONNECTIONS true', datname) FROM closed
\gexec
SELECT 'opened database ' || datname || ' again' FROM closed;
SQL
  }
  # Also where none is to be opened: a run that slept must not go on renaming.
  [ -n "$names" ] || names="''"
  open postgres || open template1 || { echo "failed to open the databases"; failed=1; }
fi

if [ -n "$vault" ]; then
  # Stopped to be replaced: it may always run again, whatever becomes of the rest.
  if grep -q "^service $vault " journal; then start "$vault" "$name"; fi
  unseal "$vault" "$name"
fi

redis=$(field redis)
at=gone; [ -z "$redis" ] || look "$redis"
if [ "$at" = running ]; then
  docker exec "$redis" sh -c '${emptyKatsuCache}' > /dev/null 2>&1 < /dev/null || echo "left katsu's cache, which may show counts from before until tomorrow"
fi

if [ -z "$mixed" ]; then
  field service > services
  while read -r id name_; do start "$id" "$name_"; done < services
  rm -f services
fi

for id in $(docker ps --all --quiet --no-trunc --filter "label=${ownLabel}=$run"); do
  docker rm --force --volumes "$id" > /dev/null 2>&1 < /dev/null && echo "removed a container of ours"
done
[ "$failed" = 0 ] || exit ${notRight}
rm -f down
[ -z "$(field authorization)" ] || exit ${notSettled}
rm -f journal
`;

/**
 * Watches over the journal from the host itself. As long as a run holds the lock it only looks on; once none does and the
 * journal is still there, that run is gone: once Docker answers the guard takes the lock and puts right
 * what is written. What it did is kept for whoever comes next. It ends with the journal, or after an hour of trying.
 */
export const guardScript = `
umask 077
cd ${stateFolder} || exit
exec 7>>guard
# An earlier guard may just be ending; if it does not, it watches over this journal as well.
flock -w 5 7 || exit
exec 9>>lock
tries=0
while [ -e journal ] && [ "$tries" -lt 3600 ]; do
  pause=1
  was=$(cat journal)
  # While Docker does not answer there is nothing to do, and nobody is kept from looking.
  if ! flock -n 9; then
    tries=0
  elif [ -e journal ] && timeout 10 docker version > /dev/null 2>&1 < /dev/null; then
    echo "guard of $(sed -n 's/^run //p' journal)" > holder
    (
      exec 8>>work
      flock -w 100 8 && sh -c '
${putRightScript.replaceAll("'", `'\\''`)}' | while read -r line; do
        grep -qxF "$line" guarded 2> /dev/null || echo "$line" >> guarded
      done
    )
    rm -f holder
    pause=5
    # Only a run can settle authorization: it is not to be kept waiting.
    if grep -qs '^authorization ' journal; then pause=20; fi
    tries=$((tries + pause))
  fi
  flock -u 9
  # What a run writes down meanwhile is not to wait for what was decided before.
  while [ "$pause" -gt 0 ] && [ "$(cat journal 2> /dev/null)" = "$was" ]; do sleep 1; pause=$((pause - 1)); done
done
`;

export interface PutRight {
  /** A line for each thing done. */
  readonly done: readonly string[];
  /** `failed`: something does not come up. `unsettled`: authorization is to be settled. In both cases the journal stays. */
  readonly outcome: 'right' | 'failed' | 'unsettled';
}

/** Puts right what the journal names, under our lock. */
export async function putRight(host: Runner, project: string, options: CallOptions = {}): Promise<PutRight> {
  // The status stands on the last line: what was done before a failure is told as well.
  const script = `cd ${stateFolder} && [ -e journal ] || exit 0; sh -c "$2"; echo $?`;
  const text = await host.run(['sh', '-c', script, 'sh', project, putRightScript], { timeoutMs: 300_000, ...options });
  const lines = text.split('\n').filter((line) => line !== '');
  const status = lines.at(-1) ?? '0';
  const outcome = status === '0' ? 'right' : status === String(notSettled) ? 'unsettled' : 'failed';
  return { done: lines.slice(0, -1), outcome };
}
