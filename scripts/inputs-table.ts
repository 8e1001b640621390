import { everyInput, type Input } from '../src/request/inputs.ts';
import { operations } from '../src/request/operations.ts';

const marks = ['<!-- inputs -->', '<!-- /inputs -->'] as const;

/** `readme` with the table of inputs between its marks written anew. Throws if the marks are not there. */
export function withInputsTable(readme: string): string {
  const [begin, end] = marks.map((mark) => readme.indexOf(mark));
  if (begin === undefined || end === undefined || begin < 0 || end < begin) {
    throw new Error(`the README has no ${marks.join(' … ')}`);
  }
  return `${readme.slice(0, begin + marks[0].length)}\n${inputsTable()}${readme.slice(end)}`;
}

/** The inputs as a table in Markdown. */
export function inputsTable(): string {
  const rows = everyInput.map(
    (input) => `| ${nameOf(input)} | ${input.doc} | ${usedBy(input)} | ${defaultOf(input)} |`,
  );
  return ['| input | what it is | read by | default |', '|---|---|---|---|', ...rows, ''].join('\n');
}

function nameOf({ name, secret, face }: Input): string {
  const notes = [...(secret ? ['secret'] : []), ...(face === 'terminal' ? ['terminal only'] : [])];
  return notes.length === 0 ? `\`${name}\`` : `\`${name}\` (${notes.join(', ')})`;
}

/** In bold where it is required. */
function usedBy({ operations: used, required }: Input): string {
  return operations
    .flatMap(({ name }) => (used.includes(name) ? [required?.includes(name) ? `**${name}**` : name] : []))
    .join(', ');
}

function defaultOf(input: Input): string {
  return input.default === undefined ? '' : `\`${input.default}\``;
}
