import { Pax } from 'tar';
/**
 * The records of a pax header, or as text why they are not let through. The tar package passes over records that it
 * cannot read, which others would read: so each must be one that both know, and stand there once.
 */
export declare function readPax(body: Buffer): Pax | string;
