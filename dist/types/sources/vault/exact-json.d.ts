/** What JSON can say. A number that JavaScript cannot hold exactly is kept as it was written (`JSON.rawJSON`). */
export type Json = string | number | boolean | null | readonly Json[] | {
    readonly [name: string]: Json;
};
/** Reads JSON so that `toJson` writes the same values again, whatever the size of its numbers. Throws `SyntaxError`. */
export declare function parseJson(text: string): Json;
/** The same text for the same value: names in order, no blanks. */
export declare function toJson(value: Json): string;
/** Whether `value` is an object with names, not a list, a scalar or a number kept as text. */
export declare function isObject(value: unknown): value is {
    readonly [name: string]: Json;
};
