/** What can be asked for. `face`: whether only the terminal offers it; `changesHost`: whether it can leave traces there. */
export const operations = [
  {
    name: 'plan',
    face: 'both',
    changesHost: false,
    doc: 'Say what a backup takes and what a restore would do; changes nothing that lives',
  },
  {
    name: 'backup',
    face: 'both',
    changesHost: true,
    doc: 'Dump databases, authorization and logs, seal the dumps and keep them in the store',
  },
  {
    name: 'restore',
    face: 'both',
    changesHost: true,
    doc: 'Put the databases and the authorization of a backup in the place of the living ones',
  },
  { name: 'rollback', face: 'both', changesHost: true, doc: 'Put back what lived before the last restore' },
  {
    name: 'forget-previous',
    face: 'both',
    changesHost: true,
    doc: 'Drop the copies that restores and rollbacks have kept',
  },
  {
    name: 'verify',
    face: 'both',
    changesHost: false,
    doc: 'Prove that a backup is whole, and with an identity that it opens',
  },
  {
    name: 'copy',
    face: 'both',
    changesHost: false,
    doc: 'Give every store the backups that are whole in another',
  },
  { name: 'list', face: 'both', changesHost: false, doc: 'List the backups of a site' },
  { name: 'recover', face: 'both', changesHost: true, doc: 'Put right what a run that was cut off left on the host' },
  { name: 'open', face: 'terminal', changesHost: false, doc: 'Write the plain files of a backup into a folder' },
  {
    name: 'keygen',
    face: 'terminal',
    changesHost: false,
    doc: 'Make a key pair: the secret into a new file, the public half on the terminal',
  },
] as const satisfies readonly {
  readonly name: string;
  readonly face: 'both' | 'terminal';
  readonly changesHost: boolean;
  readonly doc: string;
}[];

export type OperationName = (typeof operations)[number]['name'];

/** Whether `text` names an operation. */
export function isOperation(text: string): text is OperationName {
  return operations.some(({ name }) => name === text);
}
