/** Standard base64 without padding, as in age headers. */
export function toBase64(bytes: Uint8Array): string {
  return toPaddedBase64(bytes).replace(/=+$/, '');
}

/** Standard base64 with padding, as in minisign files and age armor. */
export function toPaddedBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** The bytes of unpadded base64; undefined unless `text` is the one canonical spelling of them. */
export function fromBase64(text: string): Uint8Array | undefined {
  // Node decodes leniently; encoding again tells every other spelling apart.
  const bytes = Buffer.from(text, 'base64');
  return toBase64(bytes) === text ? bytes : undefined;
}

/** The bytes of padded base64; undefined unless `text` is the one canonical spelling of them. */
export function fromPaddedBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  return toPaddedBase64(bytes) === text ? bytes : undefined;
}
