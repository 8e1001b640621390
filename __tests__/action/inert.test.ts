import { expect, test } from 'vitest';
import { inertCell, inertLine } from '../../src/action/inert.ts';
import { outputsOf } from '../../src/action/outputs.ts';
import { summaryOf } from '../../src/action/summary.ts';
import type { Report } from '../../src/run/perform.ts';

const hostile = [
  ']]>',
  '</details>',
  '<script>alert(1)</script>',
  '\n::set-output name=a::b',
  '::add-mask::x',
  '  ::error::x',
  '##[error]x',
  '\r\n::stop-commands::x',
  '| a | b |',
  '`code`',
  '[link](https://example.org)',
  '![image](https://example.org/x.png)',
  '# heading',
  '@somebody',
  '\u001b[31m',
  '\u2028::error::x',
  '&lt;',
  '"\'',
];

test.each(hostile)('a line of the log stays one line that commands nothing: %j', (text) => {
  const line = inertLine(text);
  expect(line).not.toMatch(/::|##\[/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
  expect(line).not.toMatch(/[\x00-\x1f\x7f\u2028\u2029]/);
});

test.each(hostile)('a cell of the summary holds no markup: %j', (text) => {
  expect(inertCell(text)).not.toMatch(/[<>"'`|[\]!#@*_\n\r](?!\d+;)/);
  expect(inertCell(text)).not.toMatch(/&(?!#\d+;)/);
});

const report: Report = {
  operation: 'restore',
  status: 'complete',
  site: 'demo',
  backupId: '20261122T031500Z-4f9a2c81d0',
  runId: '20261123T031500Z-4f9a2c81d0',
  databases: ['clinical', 'genomic'],
  authorization: null,
  services: ['x</td></details>', 'y\n::set-output name=a::b', ']]>'],
  outageMs: 2345,
  servicesMs: 1000,
  loadingMs: 1000,
  checkingMs: 1000,
  previous: [],
  healed: [],
};

test('the summary of a restore is this, with what hostile names hold shown as text', () => {
  expect(summaryOf(report)).toBe(
    [
      '<h3>candig-backup restore: complete</h3>',
      '<table>',
      '<tr><th>Site</th><td>demo</td></tr>',
      '<tr><th>Backup</th><td>20261122T031500Z-4f9a2c81d0</td></tr>',
      '<tr><th>Databases</th><td>clinical, genomic</td></tr>',
      '<tr><th>Authorization</th><td>left as it is</td></tr>',
      '<tr><th>Outage</th><td>2.3 s</td></tr>',
      '<tr><th>Services stopped and started</th><td>x&#60;/td&#62;&#60;/details&#62;, y&#92;u&#123;a&#125;&#58;\u200b&#58;set-output name&#61;a&#58;\u200b&#58;b, &#93;&#93;&#62;</td></tr>',
      '<tr><th>Previous copies kept</th><td>0 B</td></tr>',
      '</table>',
      '',
    ].join('\n'),
  );
});

test('the outputs of a restore are these', () => {
  expect(Object.fromEntries(outputsOf(report))).toEqual({
    status: 'complete',
    'backup-id': '20261122T031500Z-4f9a2c81d0',
    'outage-seconds': '2.3',
    report: JSON.stringify(report),
  });
});
