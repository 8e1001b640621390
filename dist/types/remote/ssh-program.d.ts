import type { ClientChannel } from 'ssh2';
import { type Program } from './program.ts';
/** A command that runs on `channel`, whose connection is alive until `lost` fires. */
export declare function programOn(channel: ClientChannel, lost: AbortSignal): Program;
