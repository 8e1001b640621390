import type { Part } from '../source.ts';
import { type Server } from './session.ts';
/** `database` as a part of a backup: a custom-format dump, and evidence from the same snapshot. */
export declare function databasePart(server: Server, database: string): Part;
