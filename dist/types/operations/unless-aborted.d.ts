/**
 * What `opening` opens, or a rejection with the signal's reason as soon as it aborts; what is opened after that is
 * closed again. For openings that cannot be called off, or must outlive the signal once they have succeeded.
 */
export declare function unlessAborted<Opened extends AsyncDisposable>(opening: Promise<Opened>, signal: AbortSignal): Promise<Opened>;
