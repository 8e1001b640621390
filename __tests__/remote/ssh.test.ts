import { afterAll, beforeAll, describe } from 'vitest';
import { openSsh } from '../../src/remote/ssh.ts';
import { remoteContract } from '../contracts/remote.ts';
import { type Sshd, startSshd } from './sshd.ts';

describe('a host over SSH, as every remote', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd({ user: 'guest' });
  });
  afterAll(() => sshd.stop());
  remoteContract(() => openSsh(sshd));
});
