import { Transform } from 'node:stream';
import type { Identity } from './identities.ts';
import { type Recipient } from './recipients.ts';
/**
 * Plaintext in, a binary age v1 file (C2SP age.md) for these recipients out; memory does not grow with the stream.
 * The final chunk is written only once the source has ended well: a source that errors, under `pipeline()`, leaves
 * a file that opens for nobody. Throws `key-invalid` for recipients one file must not have (see `checkRecipients`).
 */
export declare function sealStream(recipients: readonly Recipient[]): Transform;
/**
 * An age file (binary or armored) in, its plaintext out. Each chunk comes out only after it was verified; the stream
 * ends only after the final chunk was, and nothing followed it. Anything else is an error on the stream:
 * `no-identity-matched`, or `seal-broken` for a file that was cut, changed, added to, or never was one.
 * Until the end, what came out may be the start of something longer: act on nothing before.
 */
export declare function unsealStream(identities: readonly Identity[]): Transform;
