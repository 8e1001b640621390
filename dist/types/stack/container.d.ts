export type ContainerState = 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';
export interface Mount {
    /** Path on the host. */
    readonly source: string;
    /** Path in the container. */
    readonly destination: string;
}
/** What we know of a container, read once; `id` is the full id, the only name commands use. */
export interface Container {
    readonly id: string;
    readonly name: string;
    /** Compose project and service, from the labels; undefined for containers that compose did not make. */
    readonly project: string | undefined;
    readonly service: string | undefined;
    readonly state: ContainerState;
    readonly image: string;
    readonly env: Readonly<Record<string, string>>;
    readonly mounts: readonly Mount[];
    /** Its addresses in Docker's networks. */
    readonly addresses: readonly string[];
    readonly logDriver: string;
}
/** Reads what `docker inspect` printed for some containers. Throws on anything else. */
export declare function parseInspect(json: string): Container[];
