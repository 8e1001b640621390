import * as z from 'zod';
import type { Part } from '../source.ts';
import type { VaultSite } from './vault-site.ts';
/** Vault's storage, a tar of `data/`; sealed by Vault's own barrier. */
export declare const vaultPartName = "vault.tar";
/** What opens it: a tar of `keys.txt` and `service_stores.txt`. */
export declare const vaultKeysPartName = "vault-keys.tar";
/** Everything we seal beside the objects of authorization, for each of them. */
export declare const vaultEvidenceSchema: z.ZodDiscriminatedUnion<[z.ZodObject<{
    kind: z.ZodLiteral<"storage">;
    image: z.ZodString;
    state: z.ZodString;
    sealed: z.ZodNullable<z.ZodBoolean>;
    frozenMs: z.ZodNullable<z.ZodNumber>;
    sizeBytes: z.ZodNumber;
    files: z.ZodNumber;
    emptyFiles: z.ZodNumber;
    temporaryFiles: z.ZodNumber;
}, z.core.$strip>, z.ZodObject<{
    kind: z.ZodLiteral<"keys">;
    alike: z.ZodNullable<z.ZodBoolean>;
    serviceStores: z.ZodBoolean;
}, z.core.$strip>], "kind">;
export type VaultEvidence = z.infer<typeof vaultEvidenceSchema>;
/** Vault's storage as a part of a backup, as of one instant: frozen, copied on the host, thawed, and then read from the copy. */
export declare function vaultPart(site: VaultSite): Part;
/** The keys of Vault as a part of their own, so that others may hold them. */
export declare function vaultKeysPart(site: VaultSite): Part;
