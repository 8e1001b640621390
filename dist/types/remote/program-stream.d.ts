import type { Launch } from './program.ts';
import { type CallOptions, type Command, type RemoteStream } from './remote.ts';
/** Starts `command` by `launch` and gives it as the stream that `Remote.open` promises. `where` is for messages. */
export declare function openProgram(where: string, command: Command, launch: Launch, options: CallOptions): RemoteStream;
