import { describe, expect, test } from 'vitest';
import { BackupError, exitCodeOf } from '../../src/errors.ts';
import { everyInput, type Given, inputsOf } from '../../src/request/inputs.ts';
import { type OperationName, operations } from '../../src/request/operations.ts';
import { parseOperation, parseRequest } from '../../src/request/parse.ts';
import { hostileNames } from './hostile-names.ts';
import { refusal, samples } from './samples.ts';

const names = operations.map(({ name }) => name);

describe('a request', () => {
  test.each(names)('of %s is understood with what it needs', (operation) => {
    expect(parseRequest(operation, samples[operation]).operation).toBe(operation);
  });

  test.each(names)('of %s is refused without any one thing it requires, naming it', (operation) => {
    const required = inputsOf(operation).filter((input) => input.required?.includes(operation));
    for (const { name } of required) {
      const { [name]: _, ...rest }: Given = samples[operation];
      const error = refusal(operation, rest);
      expect(error.message).toContain(`Input ${name} `);
      expect(exitCodeOf(error)).toBe(2);
    }
  });

  test.each(names)('of %s is refused with any input that is of no use to it, naming it', (operation) => {
    const stray = everyInput.filter((input) => !input.operations.includes(operation));
    for (const { name } of stray) {
      expect(refusal(operation, { ...samples[operation], [name]: 'x' }).message).toBe(
        `Input ${name} is not used by ${operation}`,
      );
    }
  });

  test('may carry the default of an input that is of no use, as action.yml gives it', () => {
    expect(parseRequest('list', { ...samples.list, port: '22', project: 'candigv2' }).operation).toBe('list');
  });

  test('never says what a secret is when it is wrong', () => {
    const canary = 'AGE-SECRET-KEY-1CANARYCANARYCANARY';
    const shown = [
      refusal('restore', { ...samples.restore, identity: canary }),
      refusal('backup', { ...samples.backup, recipients: canary }),
    ];
    for (const { message, hint } of shown) expect(`${message} ${hint}`).not.toContain('CANARY');
  });
});

describe('hostile names', () => {
  test.each(['project', 'host', 'user', 'jump'] as const)('are refused for %s before anything is contacted', (name) => {
    for (const text of hostileNames) {
      expect(refusal('plan', { ...samples.plan, [name]: text }).code).toBe('input-invalid');
    }
  });

  test.each(['databases', 'services'] as const)('are refused for %s', (name) => {
    for (const text of hostileNames) {
      // Blank lines are no entries; several lines are several entries, of which one is hostile at least.
      if (text.trim() === '' || /^x[\r\n]+y$/.test(text)) continue;
      expect(() => parseRequest('restore', { ...samples.restore, [name]: text })).toThrow(BackupError);
    }
  });

  test.each(['site', 'backup', 'confirm'] as const)('are refused for %s', (name) => {
    for (const text of hostileNames) {
      expect(refusal('restore', { ...samples.restore, [name]: text }).code).toBe('input-invalid');
    }
  });

  test('are refused for allow-extensions', () => {
    for (const text of hostileNames) {
      if (text.trim() === '' || /^x[\r\n]+y$/.test(text)) continue;
      expect(() => parseRequest('restore', { ...samples.restore, 'allow-extensions': text })).toThrow(BackupError);
    }
  });

  test('are shown on one line, with nothing in them that a terminal or a log acts on', () => {
    for (const text of hostileNames) {
      const { message } = refusal('plan', { ...samples.plan, project: text });
      expect(message).toMatch(/^[\x20-\x7e…]+$/);
      expect(message.length).toBeLessThan(400);
    }
  });
});

describe('numbers', () => {
  test.each(['0', '-1', '65536', '1e3', 'NaN', '08', '1.5', '0x16', '+22', '1 2', '٢٢', '99999999999'])(
    'that are no ports are refused: %s',
    (port) => {
      expect(refusal('plan', { ...samples.plan, port }).message).toContain('Input port ');
    },
  );

  test.each(['0m', '-1m', '90', 'm', '1.5h', '1e3s', '09m', '90 m', '90M', '169h', '999999h', '1d'])(
    'that are no timeouts are refused: %s',
    (timeout) => {
      expect(refusal('plan', { ...samples.plan, timeout }).message).toContain('Input timeout ');
    },
  );

  test('of a timeout are read in their units', () => {
    const ms = (timeout: string) => parseRequest('recover', { ...samples.recover, timeout });
    expect(ms('90s')).toMatchObject({ timeoutMs: 90_000 });
    expect(ms('90m')).toMatchObject({ timeoutMs: 5_400_000 });
    expect(ms('168h')).toMatchObject({ timeoutMs: 604_800_000 });
  });
});

describe('true and false', () => {
  const flag = (text: string) => parseRequest('restore', { ...samples.restore, 'accept-schema-change': text });

  test.each(['true', 'True', 'TRUE'])('%s is true', (text) => {
    expect(flag(text)).toMatchObject({ acceptSchemaChange: true });
  });

  test.each(['false', 'False', 'FALSE'])('%s is false', (text) => {
    expect(flag(text)).toMatchObject({ acceptSchemaChange: false });
  });

  test.each(['yes', 'no', 'on', '1', '0', 'tRUE', '1 ', 'true ', 'y', 'null', '~'])('%s is neither', (text) => {
    expect(() => flag(text)).toThrow('Input accept-schema-change is ');
  });
});

describe('inputs that contradict each other', () => {
  const table: readonly (readonly [string, OperationName, Given])[] = [
    ['a login without a host', 'plan', { site: 'demo', user: 'deploy' }],
    ['a key without a host', 'plan', { site: 'demo', 'private-key': 'x' }],
    ['a jump without a host', 'plan', { site: 'demo', jump: 'a@b' }],
    ['a port without a host', 'plan', { site: 'demo', port: '23' }],
    ['a host without a user', 'plan', { site: 'demo', host: 'a', 'private-key': 'x' }],
    ['a host without a key', 'plan', { site: 'demo', host: 'a', user: 'x' }],
    ['a jump key without a jump', 'plan', { ...samples.plan, 'jump-private-key': 'x' }],
    ['a database twice', 'backup', { ...samples.backup, databases: 'clinical\nclinical' }],
    ["another site's name to confirm", 'restore', { ...samples.restore, confirm: 'production' }],
    ['half an id', 'restore', { ...samples.restore, backup: '20261122T0315' }],
    ['an id with path characters', 'restore', { ...samples.restore, backup: '../20261122T031500Z-4f9a2c81d0' }],
  ];

  test.each(table)('are refused: %s', (_what, operation, given) => {
    const error = refusal(operation, given);
    expect(error.message).toMatch(/^Input [a-z-]+/);
    expect(exitCodeOf(error)).toBe(2);
  });
});

describe('a jump host', () => {
  const jump = (text: string) => parseRequest('recover', { ...samples.recover, jump: text });

  test.each([
    ['me@gate.example.org', { user: 'me', host: 'gate.example.org', port: 22 }],
    ['me@gate:2222', { user: 'me', host: 'gate', port: 2222 }],
    ['me@10.0.0.1', { user: 'me', host: '10.0.0.1', port: 22 }],
    ['me@[2001:db8::1]:2222', { user: 'me', host: '2001:db8::1', port: 2222 }],
  ])('%s is understood', (text, expected) => {
    expect(jump(text)).toMatchObject({ host: { login: { jump: expected } } });
  });

  test.each(['gate', 'me@', '@gate', 'me@gate:', 'me@gate:0', 'me@2001:db8::1', 'me@a b', 'ssh://me@gate'])(
    '%s is refused',
    (text) => {
      expect(() => jump(text)).toThrow('Input jump ');
    },
  );
});

describe('an operation that there is not', () => {
  test.each([
    ['bakup', 'backup'],
    ['Restore', 'restore'],
    ['forget', 'forget-previous'],
    ['lst', 'list'],
  ])('%s is refused', (text) => {
    expect(() => parseOperation(text, names)).toThrow(/There is no operation/);
  });

  test('is answered with the nearest one', () => {
    expect(() => parseOperation('bakup', names)).toThrow('did you mean backup');
    expect(() => parseOperation('Restore', names)).toThrow('did you mean restore');
  });

  test('and one of the terminal only are the same to the action', () => {
    expect(() => parseOperation('keygen', ['backup', 'restore'])).toThrow('There is no operation "keygen"');
  });
});
