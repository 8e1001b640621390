import { stringify } from 'yaml';
import { outputs } from '../src/action/outputs.ts';
import { actionInputs, actionOperations } from '../src/action/read-inputs.ts';

const heading = '# Written by `npm run docs` from the list in src/request/inputs.ts; do not edit.\n';

/** The text of action.yml. */
export function actionYml(): string {
  const operation = {
    description: `What to do: ${actionOperations.map((name) => `\`${name}\``).join(', ')}.`,
    required: true,
  };
  const others = actionInputs.map((input) => [
    input.name,
    {
      description: input.doc,
      required: false,
      ...(input.default === undefined ? {} : { default: input.default }),
    },
  ]);
  const action = {
    name: 'candig-backup',
    description: 'Back up and restore a CanDIG site: sealed, signed, staged, and undone if the site is not well',
    branding: { icon: 'archive', color: 'blue' },
    inputs: { operation, ...Object.fromEntries(others) },
    outputs: Object.fromEntries(outputs.map(({ name, doc }) => [name, { description: doc }])),
    runs: { using: 'node24', main: 'dist/main.js', post: 'dist/post.js', 'post-if': 'always()' },
  };
  return heading + stringify(action, { lineWidth: 0 });
}
