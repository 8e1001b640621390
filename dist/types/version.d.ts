/** The version of this tool, as package.json has it (a test compares them). */
export declare const version = "0.1.0";
