import * as z from 'zod';

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

const inspected = z.array(
  z.object({
    Id: z.string().regex(/^[0-9a-f]{64}$/),
    Name: z.string(),
    State: z.object({ Status: z.string() }),
    Config: z.object({
      Image: z.string(),
      Env: z.array(z.string()).nullish(),
      Labels: z.record(z.string(), z.string()).nullish(),
    }),
    HostConfig: z.object({ LogConfig: z.object({ Type: z.string() }) }),
    Mounts: z.array(z.object({ Source: z.string().optional(), Destination: z.string() })),
    NetworkSettings: z.object({
      Networks: z.record(z.string(), z.object({ IPAddress: z.string(), GlobalIPv6Address: z.string().optional() })),
    }),
  }),
);

/** Reads what `docker inspect` printed for some containers. Throws on anything else. */
export function parseInspect(json: string): Container[] {
  return inspected.parse(JSON.parse(json)).map((raw) => ({
    id: raw.Id,
    name: raw.Name.replace(/^\//, ''),
    project: raw.Config.Labels?.['com.docker.compose.project'],
    service: raw.Config.Labels?.['com.docker.compose.service'],
    state: raw.State.Status as ContainerState,
    image: raw.Config.Image,
    env: Object.fromEntries(
      (raw.Config.Env ?? []).map((line) => {
        const at = line.indexOf('=');
        return [line.slice(0, at), line.slice(at + 1)];
      }),
    ),
    mounts: raw.Mounts.map((mount) => ({ source: mount.Source ?? '', destination: mount.Destination })),
    addresses: Object.values(raw.NetworkSettings.Networks).flatMap((network) =>
      [network.IPAddress, network.GlobalIPv6Address ?? ''].filter((address) => address !== ''),
    ),
    logDriver: raw.HostConfig.LogConfig.Type,
  }));
}
