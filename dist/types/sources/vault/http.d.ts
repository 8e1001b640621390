import type { RemoteStream } from '../../remote/remote.ts';
/** Opens one more way to the server: bytes written are what it hears. */
export type Dial = () => RemoteStream;
export interface HttpRequest {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly timeoutMs: number;
}
export interface HttpAnswer {
    readonly status: number;
    readonly text: string;
}
/** HTTP over streams that are no sockets; they stay open between requests. */
export interface HttpClient extends AsyncDisposable {
    /** Rejects with the stream's own error, or `timed-out`. The answer's text is at most 64 MiB. */
    send(what: string, request: HttpRequest): Promise<HttpAnswer>;
}
/** A client with up to `connections` ways open at a time. */
export declare function openHttp(dial: Dial, connections: number): HttpClient;
/** The server closed a connection that had been idle just as it was used again: nothing of the request was done. */
export declare class StaleConnection extends Error {
}
