import { describe, expect, test } from 'vitest';
import { openLocal } from '../../src/remote/local.ts';
import { ended } from '../contracts/ended.ts';
import { remoteContract } from '../contracts/remote.ts';

describe('this machine, as every remote', () => {
  remoteContract(async () => openLocal());
});

test('gives programs none of our environment but what they need', async () => {
  await using remote = openLocal({
    PATH: process.env.PATH,
    'INPUT_PRIVATE-KEY': 'canary',
    TOKEN: 'canary',
    LANG: 'C',
  });
  const environment = await remote.run(['env']);
  expect(environment).toContain('LANG=C');
  expect(environment).not.toContain('canary');
});

test('ends the children of a cancelled program too', async () => {
  await using remote = openLocal();
  const stream = remote.open(['sh', '-c', 'sleep 1000 & echo $!; wait']);
  const pid = Number(await new Promise((resolve) => stream.once('data', resolve)));
  stream.destroy();
  await ended(pid);
});
