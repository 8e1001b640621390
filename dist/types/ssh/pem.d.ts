/**
 * The first PEM block of `text`, with the lines it should have: pasting a key may turn its line ends into CRLF, into
 * spaces, or into the two characters `\n`, or lose the last. `key-invalid` if no whole block is there.
 */
export declare function mendPem(text: string): {
    readonly label: string;
    readonly pem: string;
    readonly body: Buffer;
};
