import { ensureImages } from '../../stack/images.ts';
import { docker } from '../../stack/run.ts';

/** What an image of a site may have: GNU tar with or without zstd, or nothing but a busybox. */
export const imageKinds = ['zstd', 'gnu', 'busybox'] as const;
export type ImageKind = (typeof imageKinds)[number];

const install = 'RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends';
const recipes: Readonly<Record<ImageKind, (base: string) => string>> = {
  gnu: (base) => `FROM ${base}`,
  zstd: (base) => `FROM ${base}\n${install} zstd && rm -rf /var/lib/apt/lists/*`,
  busybox: (base) =>
    `FROM ${base} AS built\n${install} busybox-static\nFROM scratch\nCOPY --from=built /bin/busybox /bin/busybox\nRUN ["/bin/busybox", "--install", "-s", "/bin"]`,
};

/** The image of that kind, built on what the stack's services run from; the second time there is nothing to do. */
export async function ensureImage(kind: ImageKind): Promise<string> {
  const { services } = await ensureImages(17);
  const image = `candig-backup-test/logs-${kind}:${services.split(':')[1]}`;
  if ((await docker(['images', '-q', image])) !== '') return image;
  const proxies = ['http_proxy', 'https_proxy', 'no_proxy'].filter((variable) => process.env[variable]);
  await docker(
    ['build', '-q', '--network', 'host', ...proxies.flatMap((name) => ['--build-arg', name]), '-t', image, '-'],
    { input: recipes[kind](services), env: { DOCKER_BUILDKIT: '0' }, timeoutMs: 300_000 },
  );
  return image;
}
