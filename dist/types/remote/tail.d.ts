/** Keeps the last `limitBytes` of what was added; whole chunks before that are let go. */
export declare function keepTail(limitBytes: number): {
    add(chunk: Buffer): void;
    text(): string;
};
