import { BackupError } from '../errors.ts';

/**
 * The first PEM block of `text`, with the lines it should have: pasting a key may turn its line ends into CRLF, into
 * spaces, or into the two characters `\n`, or lose the last. `key-invalid` if no whole block is there.
 */
export function mendPem(text: string): { readonly label: string; readonly pem: string; readonly body: Buffer } {
  const lines = text.replaceAll(/\\r\\n|\\n|\r\n|\r/g, '\n');
  const found = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/.exec(lines);
  if (found === null) throw invalid(/-----BEGIN [A-Z0-9 ]+-----/.test(lines) ? 'is cut short' : 'is not a key file');
  const [, label = '', inner = ''] = found;
  // Old encrypted PEM has headers before the key: `Proc-Type` and `DEK-Info`, then an empty line.
  const headers = /^\s*Proc-Type: ?(\S+)\s+DEK-Info: ?(\S+)/.exec(inner);
  const encoded = inner.slice(headers?.[0].length ?? 0).replaceAll(/\s/g, '');
  if (encoded === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) throw invalid('is damaged');
  const head = headers === null ? '' : `Proc-Type: ${headers[1]}\nDEK-Info: ${headers[2]}\n\n`;
  const wrapped = encoded.replaceAll(/.{1,64}/g, '$&\n');
  return {
    label,
    pem: `-----BEGIN ${label}-----\n${head}${wrapped}-----END ${label}-----\n`,
    body: Buffer.from(encoded, 'base64'),
  };
}

function invalid(what: string): BackupError {
  return new BackupError('key-invalid', `The private key ${what}`);
}
