import type { Configured, Diagnostic, ObjectValue, Provider } from '../terraform-plugin/index.js';
import { errorDiagnostic, isUnknown } from '../terraform-plugin/index.js';
import { CatoClient } from './api/cato-client.js';
import { OPERATIONS } from './api/documents.js';
import type { RetryPolicy } from './api/retry.js';
import { bgpPeerResource } from './resources/bgp-peer.resource.js';
import { ipsecSiteResource } from './resources/ipsec-site.resource.js';

/** The one release of the vendor's provider that is imitated; the product pins the same. */
export const CATO_PROVIDER_VERSION = '0.0.96';
export const CATO_PROVIDER_ADDRESS = 'registry.terraform.io/catonetworks/cato';

export type Environment = Readonly<Record<string, string | undefined>>;

const SETTINGS = {
  baseurl: 'CATO_BASEURL',
  token: 'CATO_TOKEN',
  account_id: undefined,
  retry_max: 'CATO_RETRY_MAX',
  retry_wait_min_seconds: 'CATO_RETRY_WAIT_MIN_SECONDS',
  retry_wait_max_seconds: 'CATO_RETRY_WAIT_MAX_SECONDS',
} as const;

export function catoProvider(env: Environment): Provider<CatoClient> {
  return {
    address: CATO_PROVIDER_ADDRESS,
    schema: {
      baseurl: { type: 'string', optional: true, description: 'Full URL of the GraphQL API (CATO_BASEURL).' },
      token: { type: 'string', optional: true, sensitive: true, description: 'API key (CATO_TOKEN).' },
      account_id: { type: 'string', required: true, description: 'Account id.' },
      retry_max: { type: 'number', optional: true, atLeast: 0, description: 'Repetitions (CATO_RETRY_MAX).' },
      retry_wait_min_seconds: { type: 'number', optional: true, atLeast: 1 },
      retry_wait_max_seconds: { type: 'number', optional: true, atLeast: 1 },
    },
    resources: { cato_ipsec_site: ipsecSiteResource, cato_bgp_peer: bgpPeerResource },
    configure: (config, signal) => configure(config, env, signal),
  };
}

async function configure(
  config: ObjectValue,
  env: Environment,
  signal: AbortSignal,
): Promise<Configured<CatoClient>> {
  const diagnostics: Diagnostic[] = [];
  const setting = (name: keyof typeof SETTINGS): string | number | undefined => {
    const value = config[name] ?? null;
    if (isUnknown(value)) {
      diagnostics.push(
        errorDiagnostic(`Unknown Cato API ${name}`, `${name} must be known before apply.`, [name]),
      );
      return undefined;
    }
    if (typeof value === 'string' || typeof value === 'number') return value;
    const variable = SETTINGS[name];
    return variable && env[variable] ? env[variable] : undefined;
  };
  const text = (name: 'baseurl' | 'token' | 'account_id'): string => {
    const known = diagnostics.length;
    const value = String(setting(name) ?? '');
    if (value === '' && diagnostics.length === known) {
      diagnostics.push(errorDiagnostic(`Missing Cato API ${name}`, `${name} must not be empty.`, [name]));
    }
    return value;
  };
  const account = { baseUrl: text('baseurl'), token: text('token'), accountId: text('account_id') };
  const retry = retryPolicy(setting, diagnostics);
  if (account.baseUrl && !URL.canParse(account.baseUrl)) {
    diagnostics.push(errorDiagnostic('Invalid Cato API baseurl', 'baseurl must be a URL.', ['baseurl']));
  }
  if (diagnostics.length > 0) return { diagnostics };
  const client = new CatoClient({ ...account, retry }, CATO_PROVIDER_VERSION);
  if (env['DISABLE_POLICY_RULE_CLEANUP'] !== 'true') await discardPolicyDraft(client, signal);
  return { client, diagnostics };
}

function retryPolicy(
  setting: (
    name: 'retry_max' | 'retry_wait_min_seconds' | 'retry_wait_max_seconds',
  ) => string | number | undefined,
  diagnostics: Diagnostic[],
): RetryPolicy {
  const number = (
    name: 'retry_max' | 'retry_wait_min_seconds' | 'retry_wait_max_seconds',
    fallback: number,
    least: number,
  ): number => {
    const value = Number(setting(name) ?? fallback);
    if (Number.isInteger(value) && value >= least) return value;
    diagnostics.push(
      errorDiagnostic(`Invalid ${name}`, `${name} must be a whole number of at least ${least}.`, [name]),
    );
    return fallback;
  };
  const policy = {
    max: number('retry_max', 5, 0),
    waitMinSeconds: number('retry_wait_min_seconds', 1, 1),
    waitMaxSeconds: number('retry_wait_max_seconds', 30, 1),
  };
  if (policy.waitMaxSeconds < policy.waitMinSeconds) {
    const detail = 'retry_wait_max_seconds must not be less than retry_wait_min_seconds.';
    diagnostics.push(errorDiagnostic('Invalid retry_wait_max_seconds', detail, ['retry_wait_max_seconds']));
  }
  return policy;
}

/** Throws away the account's unpublished policy draft, as the vendor's provider does at every start. */
async function discardPolicyDraft(client: CatoClient, signal: AbortSignal): Promise<void> {
  try {
    await client.execute(OPERATIONS.discardRevision, { accountID: client.accountId }, signal);
  } catch {
    process.stderr.write('[WARN] the policy draft could not be discarded\n');
  }
}
