/**
 * The steps in Vault's volume, for `sh` in a helper that sees it at /vault and, at /checkout, the checkout's folder of
 * Vault's files if there is one. `$1` is the run's tail. Each step may be cut off anywhere and be done again.
 */

/** Exit status: the volume has not enough free space. */
export const noSpace = 28;
/** `$free`: KiB that are free where /vault is. */
export const readFree = 'free=$(df -Pk /vault | tail -n 1 | tr -s " " | cut -d " " -f 4)';

/** `like FILE OTHER`: gives FILE the owner and mode of OTHER. */
const like = 'like() { chown "$(stat -c %u:%g "$2")" "$1"; chmod "$(stat -c %a "$2")" "$1"; }';

/**
 * Copies the staged data beside the living, `$2` its owner (`uid:gid`), and the keys from standard input. `$3` is the
 * configuration that Vault is started with, `$4` what to write there if it is missing. Prints how many files were copied,
 * then `made` if the configuration was missing.
 */
export const prepareScript = [
  like,
  'umask 077; cd /vault; [ -d config ] || mkdir -m 755 config',
  // A full volume would stop the living Vault: it answers nothing that it cannot write to its audit log.
  'need=$(du -sk /staged/data | cut -f 1)',
  readFree,
  `[ "$free" -gt "$((need + need / 4 + 65536))" ] || exit ${noSpace}`,
  'rm -rf "data.candig-backup-restore-$1" "data.candig-backup-new-$1" "config/keys.txt.candig-backup-restore-$1"',
  'cp -a /staged/data "data.candig-backup-new-$1"',
  // Who owns the files that live knows best as whom Vault runs. Outside core/ files are called after people, whose names
  // are not to show in the host's list of processes.
  'owner=$2; old=$(find data/core -type f 2>/dev/null | head -n 1); [ -z "$old" ] || owner=$(stat -c %u:%g "$old")',
  'chown -R "$owner" "data.candig-backup-new-$1"',
  'if [ -d data ]; then like "data.candig-backup-new-$1" data; fi',
  'there=$(find /staged/data -type f | wc -l)',
  'files=$(find "data.candig-backup-new-$1" -type f | wc -l)',
  '[ "$there" = "$files" ]',
  'cat > "config/keys.txt.candig-backup-new-$1"; [ -s "config/keys.txt.candig-backup-new-$1" ]',
  'if [ -e config/keys.txt ]; then like "config/keys.txt.candig-backup-new-$1" config/keys.txt; fi',
  'mv "config/keys.txt.candig-backup-new-$1" "config/keys.txt.candig-backup-restore-$1"',
  'mv "data.candig-backup-new-$1" "data.candig-backup-restore-$1"',
  'if [ -d /checkout ] && [ -e /checkout/keys.txt ] && [ ! -e "/checkout/keys.txt.candig-backup-before-$1" ]; then',
  '  cp -p /checkout/keys.txt "/checkout/keys.txt.candig-backup-new-$1"',
  '  mv "/checkout/keys.txt.candig-backup-new-$1" "/checkout/keys.txt.candig-backup-before-$1"',
  'fi',
  'echo "$files"',
  'if [ ! -e "$3" ]; then',
  '  printf %s "$4" > "$3.candig-backup-new-$1"; chmod 644 "$3.candig-backup-new-$1"',
  '  mv "$3.candig-backup-new-$1" "$3"; echo made',
  'fi',
  'sync',
].join('\n');

/** Writes standard input as the marker: from now on the copy counts. */
export const markScript = [
  'umask 022; cd /vault; cat > "candig-backup-$1.new"; sync "candig-backup-$1.new" 2>/dev/null || sync',
  'mv "candig-backup-$1.new" "candig-backup-$1.json"; sync',
].join('\n');

/** The copy takes the place of what lives, which stays beside it. Vault is stopped. */
export const swapScript = [
  like,
  'umask 077; cd /vault; [ -e "candig-backup-$1.json" ]',
  'place() {',
  '  [ -e "$1.candig-backup-restore-$2" ] || return 0',
  '  if [ -e "$1" ] && [ ! -e "$1.before-$2" ]; then mv "$1" "$1.before-$2"; fi',
  // An empty folder may have been made by a vault-runner that was set up anew; more than that is not ours to remove.
  '  if [ -e "$1" ]; then rmdir "$1"; fi',
  '  mv "$1.candig-backup-restore-$2" "$1"',
  '}',
  'place data "$1"; place config/keys.txt "$1"; sync',
  'if [ -d /checkout ]; then',
  '  cat config/keys.txt > "/checkout/keys.txt.candig-backup-new-$1"',
  '  if [ -e /checkout/keys.txt ]; then like "/checkout/keys.txt.candig-backup-new-$1" /checkout/keys.txt',
  '  else chown "$(stat -c %u:%g /checkout)" "/checkout/keys.txt.candig-backup-new-$1"; fi',
  '  mv "/checkout/keys.txt.candig-backup-new-$1" /checkout/keys.txt; sync',
  'fi',
].join('\n');

/** What lived comes back, and the copy is a copy again. Vault is stopped. */
export const backScript = [
  'umask 077; cd /vault; [ -e "candig-backup-$1.json" ]',
  'back() {',
  // While the marker stands, a copy that is not beside what lives has taken its place.
  '  if [ ! -e "$1.candig-backup-restore-$2" ]; then mv "$1" "$1.candig-backup-restore-$2"; fi',
  '  [ -e "$1.before-$2" ] || return 0',
  '  if [ -e "$1" ]; then rmdir "$1"; fi',
  '  mv "$1.before-$2" "$1"',
  '}',
  'back data "$1"; back config/keys.txt "$1"; sync',
  'if [ -d /checkout ]; then',
  '  if [ -e "/checkout/keys.txt.candig-backup-before-$1" ]; then',
  '    cp -p "/checkout/keys.txt.candig-backup-before-$1" "/checkout/keys.txt.candig-backup-new-$1"',
  '    mv "/checkout/keys.txt.candig-backup-new-$1" /checkout/keys.txt',
  '  else rm -f /checkout/keys.txt; fi',
  '  sync',
  'fi',
].join('\n');

/** Removes a copy that is not in use, and first its marker. `$2` is a configuration of ours, or nothing. */
export const discardScript = [
  'cd /vault; if [ -e "candig-backup-$1.json" ]; then',
  '  [ -e "data.candig-backup-restore-$1" ]; [ -e "config/keys.txt.candig-backup-restore-$1" ]',
  '  [ ! -e "data.before-$1" ]; [ ! -e "config/keys.txt.before-$1" ]',
  'fi',
  'rm -f "candig-backup-$1.json" "candig-backup-$1.new"; sync',
  'rm -rf "data.candig-backup-restore-$1" "data.candig-backup-new-$1"',
  'rm -f "config/keys.txt.candig-backup-restore-$1" "config/keys.txt.candig-backup-new-$1"',
  'if [ -n "$2" ]; then rm -f "$2"; fi',
  'if [ -d /checkout ]; then',
  '  rm -f "/checkout/keys.txt.candig-backup-before-$1" "/checkout/keys.txt.candig-backup-new-$1"',
  'fi',
].join('\n');

/** Removes what lived before a restore that stands. */
export const forgetScript = [
  'cd /vault; rm -rf "data.before-$1"; rm -f "config/keys.txt.before-$1"',
  'if [ -d /checkout ]; then rm -f "/checkout/keys.txt.candig-backup-before-$1"; fi',
  'rm -f "candig-backup-$1.json"; sync',
].join('\n');

/** Prints `swapped` if the copy has taken the place of what lived, and all of it. */
export const stateScript = [
  'cd /vault; [ -e "candig-backup-$1.json" ] || exit 0',
  'for name in "data.candig-backup-restore-$1" "config/keys.txt.candig-backup-restore-$1"; do',
  '  [ ! -e "$name" ] || exit 0',
  'done',
  '[ -e data ] && [ -e config/keys.txt ] || exit 0',
  'if [ -d /checkout ] && ! cmp -s config/keys.txt /checkout/keys.txt; then exit 0; fi',
  'echo swapped',
].join('\n');

/** Prints the markers, one a line. */
export const markersScript =
  'cd /vault; for file in candig-backup-????????.json; do [ ! -e "$file" ] || { cat "$file"; echo; }; done';

/** Removes what a run left that died before its copy was whole: it has no marker. By names that nobody else gives. */
export const sweepScript = [
  'sweep() {',
  '  for path; do',
  '    [ ! -e "/vault/candig-backup-$(echo "$path" | tail -c 9).json" ] || continue',
  '    rm -rf "$path"',
  '  done',
  '}',
  'cd /vault; sweep data.candig-backup-*-???????? config/keys.txt.candig-backup-*-????????',
  'rm -f candig-backup-????????.new',
  'if [ -d /checkout ]; then cd /checkout; sweep keys.txt.candig-backup-*-????????; fi',
].join('\n');

/** Gives what an earlier run kept, by `$2`: its keys (`keys`), or of its folder a tar (`data`) or its size in KiB (`size`). */
export const keptScript = [
  'cd /vault; [ -e "candig-backup-$1.json" ]',
  'case $2 in',
  '  keys) cat "config/keys.txt.before-$1" ;;',
  '  size) du -sk "data.before-$1" | cut -f 1 ;;',
  '  data) tar -C "data.before-$1" -cf - . ;;',
  'esac',
].join('\n');
