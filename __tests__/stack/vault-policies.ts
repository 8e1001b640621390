/** The services with a role and a store of their own, in the order in which CanDIG sets them up. */
export const rolesInVault = ['htsget', 'katsu', 'query', 'opa', 'federation', 'candig-ingest'] as const;
export type RoleInVault = (typeof rolesInVault)[number];

const allButList = ['create', 'update', 'read', 'delete'];

/** What a service may do in stores that are not its own. */
const special: Readonly<Partial<Record<RoleInVault, Readonly<Record<string, readonly string[]>>>>> = {
  'candig-ingest': {
    'opa/programs': ['update', 'read'],
    'opa/programs/*': allButList,
    'opa/site_roles': allButList,
    'opa/users/*': allButList,
    'opa/pending_users': ['update', 'read'],
  },
  federation: { 'opa/data': ['update', 'read', 'delete'] },
  htsget: { 'candig-ingest/aws/*': ['read'] },
  // OPA checks the tokens by which services know each other.
  opa: Object.fromEntries(rolesInVault.filter((role) => role !== 'opa').map((role) => [`${role}/*`, allButList])),
};

function written(rules: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(rules)
    .map(([path, capabilities]) => `path "${path}" {capabilities = ${JSON.stringify(capabilities)}}\n`)
    .join('');
}

/** The policy of a service. */
export function policyOf(role: RoleInVault): string {
  return written({
    ...special[role],
    [`auth/approle/role/${role}/role-id`]: ['read'],
    [`auth/approle/role/${role}/secret-id`]: ['update'],
    [`${role}/*`]: allButList,
    'keycloak/client-secret': ['read'],
    'keycloak/client-id': ['read'],
  });
}

/** The policy of the approle token, which all services hold. */
export const approlePolicy = written({ 'auth/approle/role/*': allButList });
