import { Transform } from 'node:stream';
import type { TarRules } from './rules.ts';
/**
 * Lets the bytes of a tar through as they are, and errors with `check-failed` before a header that is not as `rules`
 * have it: links, devices, pipes, paths that lead elsewhere, setuid, more or larger than allowed, anything that two
 * programs might read in two ways. Ends only after the tar's own end.
 */
export declare function checkedTar(rules: TarRules): Transform;
