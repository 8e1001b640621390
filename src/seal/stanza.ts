import { fromBase64 } from './base64.ts';
import { sealBroken } from './broken.ts';

/** One recipient's copy of the file key in an age header: words, the first being the kind, and bytes. */
export interface Stanza {
  readonly args: readonly string[];
  readonly body: Uint8Array;
}

/** A file key of 16 bytes with its tag. Other lengths are refused before opening, so that no file fits two keys. */
const wrappedFileKeyBytes = 32;
const maxScryptLogN = 22;

/** Whether the stanza's second word is `lengthBytes` bytes of base64, there are `words` words, and the body fits. */
function hasForm(stanza: Stanza, words: number, lengthBytes: number): boolean {
  return (
    stanza.args.length === words &&
    fromBase64(stanza.args[1] ?? '')?.length === lengthBytes &&
    stanza.body.length === wrappedFileKeyBytes
  );
}

function isWellFormed(stanza: Stanza): boolean {
  switch (stanza.args[0]) {
    case 'X25519':
      return hasForm(stanza, 2, 32);
    case 'mlkem768x25519':
      return hasForm(stanza, 2, 1120);
    case 'scrypt':
      return (
        hasForm(stanza, 3, 16) && /^[1-9][0-9]?$/.test(stanza.args[2] ?? '') && Number(stanza.args[2]) <= maxScryptLogN
      );
    default:
      return true;
  }
}

/**
 * Refuses, with `seal-broken`, stanzas of the kinds age itself defines that do not have the form it gives them,
 * whichever identity will be tried. Unknown kinds pass. A passphrase stanza must stand alone.
 */
export function checkStanzas(stanzas: readonly Stanza[]): void {
  for (const [index, stanza] of stanzas.entries()) {
    if (!isWellFormed(stanza)) throw sealBroken(`recipient stanza ${index + 1} of its header has a wrong form`);
  }
  if (stanzas.length > 1 && stanzas.some((stanza) => stanza.args[0] === 'scrypt')) {
    throw sealBroken('its header has a passphrase beside other recipients');
  }
}
