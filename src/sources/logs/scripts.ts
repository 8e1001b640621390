/** How long a helper works on when it hears nothing from us, in seconds. */
const patienceS = 30;
/** How often it hears from us, in milliseconds. */
export const heartbeatMs = 5_000;
/** And how long at most, though we are there all the time. */
export const longestRunS = 12 * 3600;

/** How the scripts below end when not well, beside what Docker itself says. */
export const endings = { unreadable: 64, tarFailed: 65, torn: 66, compressorFailed: 67, tooManyMessages: 68 } as const;

/**
 * The first process of a helper: runs the script in `$2` with the arguments that follow, for at most `$1` seconds. It
 * hears a dot now and then and, at last, the end of its input; if it hears nothing, or the end too early, all ends.
 * So nothing outlives a runner that died, a connection that was lost or a shell that was killed. The script makes
 * `/report/done` before it says that it is.
 */
export const watched = [
  'limit=$1 work=$2; shift 2',
  'exec 3<&0',
  'timeout -k 10 "$limit" sh -c "$work" sh "$@" 3<&- &',
  'working=$!',
  `( while [ "$(timeout ${patienceS} head -c 1 <&3)" != "" ]; do :; done; [ -e /report/done ] || kill -KILL "$working" ) &`,
  'listening=$!',
  // The kernel ends whatever is left with the first process.
  'wait "$working" || exit $?',
  // A dot that nobody takes would be an error of whoever sends it.
  'wait "$listening"',
  'exit 0',
].join('\n');

const compressors = 'case $compression in zstd) zstd -q -3 -c;; *) gzip -c;; esac';

/**
 * Writes the tar of the folders and the one file that are mounted, compressed; then a line with `$marker`; then what it
 * met with: lines of names, with a byte 1 for a line break in a name.
 *
 * Only regular files, and of Vault's volume only the audit log. GNU tar exits 1 if a file changed while it was read,
 * which is as it is with logs, and 2 for what is worse. busybox has neither a list of names nor a filling for a file
 * that gets shorter: it is given batches, whose ends are cut off, and one that it gives up fails as a whole.
 */
export const archive = [
  'tar=$1 compression=$2 marker=$3 r=/report',
  'export LC_ALL=C',
  `cd /from || exit ${endings.unreadable}`,
  ': > $r/begun',
  // Its `find` compares whole seconds: rather a file too many is named than one too few.
  'if [ "$tar" = busybox ]; then touch -d "@$(($(date +%s) - 1))" $r/begun; fi',
  'set -- logs',
  'if [ -e vault/vault-audit.log ] || [ -L vault/vault-audit.log ]; then set -- logs vault/vault-audit.log; fi',
  "lines() { tr '\\n\\000' '\\001\\n'; }",
  'find "$@" -type f -links 1 -print0 > $r/files 2> $r/messages',
  'find "$@" -type f -links +1 -print0 > $r/linked 2>/dev/null',
  'find "$@" ! -type f ! -type d -print0 2>/dev/null | lines > $r/left-out',
  // A second name of one file would become a link in a tar: alone in its batch it does not.
  'batch=\'{ tar -c -f - --no-recursion --numeric-owner "$@" 2>>/report/messages; echo $? >>/report/statuses; } | head -c -1024\'',
  'write() {',
  '  if [ "$tar" = gnu ]; then',
  '    cat $r/files $r/linked | tar --create --file=- --null --no-recursion --hard-dereference --ignore-failed-read \\',
  '      --format=gnu --numeric-owner --quoting-style=escape --files-from=- 2>> $r/messages',
  '    echo $? > $r/statuses',
  '  else',
  '    : > $r/statuses',
  '    xargs -0 -r -n 100 sh -c "$batch" sh < $r/files',
  '    xargs -0 -r -n 1 sh -c "$batch" sh < $r/linked',
  '    head -c 1024 /dev/zero',
  '  fi',
  '}',
  `write | ${compressors} || exit ${endings.compressorFailed}`,
  `if grep -q '^tar: short read' $r/messages; then exit ${endings.torn}; fi`,
  `if grep -qv '^[01]$' $r/statuses; then exit ${endings.tarFailed}; fi`,
  `if [ "$(wc -c < $r/messages)" -gt 4000000 ]; then exit ${endings.tooManyMessages}; fi`,
  'cat $r/files $r/linked | lines > $r/listed',
  'find "$@" -type f -newer $r/begun -print0 2>/dev/null | lines > $r/newer',
  "awk 'NR == FNR { newer[$0]; next } $0 in newer' $r/newer $r/listed > $r/grown",
  'section() {',
  '  count=$(wc -l < $2) shown=$3',
  '  if [ "$count" -lt "$shown" ]; then shown=$count; fi',
  '  echo "$1" $count $shown; head -n $shown $2',
  '}',
  `printf '\\n%s\\n' "$marker"`,
  'section listed $r/listed 0',
  'section grown $r/grown 1000',
  'section left-out $r/left-out 1000',
  'section messages $r/messages 1000000',
  ': > $r/done',
  'echo end',
].join('\n');

/** Compresses what it is given. */
export const compress = ['compression=$1', compressors].join('\n');

/**
 * Runs on the host itself: gives what Docker has kept of the container `$2` to the command that follows, which
 * compresses it; then a line with the marker `$1`; then how Docker ended. Ends well only if that command did.
 */
export const keptOutput = [
  'marker=$1 container=$2; shift 2',
  'exec 3>&1',
  'said=$({ {',
  `  timeout -k 10 ${longestRunS} docker logs --timestamps "$container" 2>&1 3>&-`,
  '  echo $? >&4',
  '} | "$@" >&3 4>&-; } 4>&1) || exit $?',
  `printf '\\n%s\\n' "$marker"`,
  'echo "logs $said"',
  'echo end',
].join('\n');
