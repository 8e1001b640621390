import { getState, saveState } from '@actions/core';
import type { ErrorCode } from '../errors.ts';

const key = 'host-changes';

/** Tells the post step that from now on something may be left on the host. Holds no secret: it is a file. */
export function saveBegun(): void {
  saveState(key, 'begun');
}

/** Tells the post step that nothing is left. */
export function saveDone(): void {
  saveState(key, 'done');
}

/** Whether the main step began to change the host and did not come to an end that left it well. */
export function isLeftUndone(): boolean {
  return getState(key) === 'begun';
}

/** Errors that come before anything is changed, and that a second attempt would only meet again. */
export function isBeforeChanges(code: ErrorCode): boolean {
  return /^(input-invalid|key-invalid|key-locked|host-key-.*|host-algorithms|auth-failed|locked)$/.test(code);
}
