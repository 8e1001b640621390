import type { Entries, Entry } from './entries.ts';
import { isObject, type Json, toJson } from './exact-json.ts';
import type { Store } from './stores.ts';

/** One entry that is not as wanted. Secret: the path may name a person. */
export interface Difference {
  readonly store: Store;
  readonly path: string;
  /** Undefined: there is none. */
  readonly living: Entry | undefined;
  readonly wanted: Entry | undefined;
}

/** How many entries of a store would be added, changed and removed. */
export interface StoreCounts {
  readonly store: Store;
  readonly adds: number;
  readonly changes: number;
  readonly removals: number;
}

export interface Comparison {
  /** For reports: counts only, a line for each store. */
  readonly stores: readonly StoreCounts[];
  /**
   * How many grants the wanted entries hold that the living Vault does not have: values, each by its place in the
   * entry (whatever its position in a list). 0 when nothing comes back that was taken away since.
   */
  readonly returned: number;
  /** In the order in which to write them: what takes access away first. */
  readonly differences: readonly Difference[];
}

/** What would change if the living entries became the wanted ones. Both must be of the same stores. */
export function compareAuthorization(wanted: Entries, living: Entries): Comparison {
  const differences = [...wanted].flatMap(([store, entries]) => {
    const lives = living.get(store) ?? new Map<string, Entry>();
    const paths = [...new Set([...lives.keys(), ...entries.keys()])].sort();
    return paths.flatMap((path) => {
      const difference = { store, path, living: lives.get(path), wanted: entries.get(path) };
      return isSameEntry(difference.living, difference.wanted) ? [] : [difference];
    });
  });
  const stores = [...wanted.keys()].map((store) => {
    const count = (kind: Kind) =>
      differences.filter((difference) => difference.store === store && kindOf(difference) === kind).length;
    return { store, adds: count('add'), changes: count('change'), removals: count('removal') };
  });
  return {
    stores,
    returned: differences.reduce((sum, { living: lives, wanted: back }) => sum + grantsBack(back, lives), 0),
    differences: (['removal', 'change', 'add'] as const).flatMap((kind) =>
      differences.filter((difference) => kindOf(difference) === kind),
    ),
  };
}

export function isSameEntry(a: Entry | undefined, b: Entry | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return toJson(a) === toJson(b);
}

type Kind = 'add' | 'change' | 'removal';

function kindOf({ living, wanted }: Difference): Kind {
  if (wanted === undefined) return 'removal';
  return living === undefined ? 'add' : 'change';
}

function grantsBack(wanted: Entry | undefined, living: Entry | undefined): number {
  if (wanted === undefined) return 0;
  const held = new Set(placesOf(living ?? {}).map(({ place }) => place));
  return new Set(placesOf(wanted).flatMap(({ place, isGrant }) => (isGrant && !held.has(place) ? [place] : []))).size;
}

interface Place {
  readonly place: string;
  /** A value; or a name with nothing behind it, which may be a grant in itself. */
  readonly isGrant: boolean;
}

function placesOf(value: Json, place = ''): Place[] {
  if (Array.isArray(value)) {
    // What stands together in a list is one grant: a role moved from one program to another is another grant.
    return value.map((item) => ({ place: `${place}[]${toJson(item)}`, isGrant: true }));
  }
  if (!isObject(value)) return value === null ? [] : [{ place: `${place}=${toJson(value)}`, isGrant: true }];
  const names = Object.keys(value);
  const own = { place: `${place}{}`, isGrant: names.length === 0 && place !== '' };
  return [own, ...names.flatMap((name) => placesOf(value[name] ?? null, `${place}.${JSON.stringify(name)}`))];
}
