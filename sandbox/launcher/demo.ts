import { type Operation, Operation as OperationSchema, isFinal } from '@app/contracts';
import { z } from 'zod';
import { waitFor } from '../services/wait-for.js';
import type { ApiClient } from './api-client.js';

export const DEMO_SITE_PATH = '/v1/customers/acme/sites/paris';

const OPERATION_TIMEOUT_MS = 180_000;

const Unchanged = z.object({ changed: z.literal(false), outputs: z.record(z.string(), z.unknown()) });

export interface DemoResult {
  /** False if the site was there already, as it was asked for. */
  changed: boolean;
  outputs: Record<string, unknown>;
  failure?: string;
}

/** A branch with two tunnels and a BGP session in each. The keys are made for this installation. */
export function demoSite(presharedKey: (tunnel: string) => string) {
  const tunnel = (name: string, role: 'primary' | 'secondary', subnet: number) => ({
    name,
    role,
    publicSiteIp: `203.0.113.${subnet}`,
    privateSiteIp: `169.254.${subnet}.1`,
    privateCatoIp: `169.254.${subnet}.2`,
    psk: presharedKey(name),
    bandwidthMbps: { down: 100, up: 50 },
    bgp: { peerAsn: 65_010, catoAsn: 65_000, defaultAction: 'ACCEPT' },
  });
  return {
    vendor: 'cato',
    siteType: 'BRANCH',
    description: 'Paris branch of the demo customer',
    networkRange: '10.20.0.0/24',
    location: { countryCode: 'FR', timezone: 'Europe/Paris', city: 'Paris' },
    tunnels: [tunnel('fibre', 'primary', 10), tunnel('lte', 'secondary', 11)],
  };
}

/** Asks for the demo customer and its site, and follows the operation through its phases to its outputs. */
export async function createDemo(
  api: ApiClient,
  presharedKey: (tunnel: string) => string,
  showPhases: (phases: readonly string[]) => void,
  signal: AbortSignal,
): Promise<DemoResult> {
  await api.put('/v1/customers/acme', { displayName: 'Acme' });
  await api.put('/v1/customers/acme/vendor-accounts/cato', {
    accountId: '1001',
    credentials: { token: 'sandbox' },
  });
  const answer = await api.put(DEMO_SITE_PATH, demoSite(presharedKey));
  const accepted = OperationSchema.safeParse(answer);
  if (!accepted.success) return { changed: false, outputs: Unchanged.parse(answer).outputs };
  const operation = await follow(api, accepted.data, showPhases, signal);
  const result = { changed: true, outputs: operation.outputs };
  if (operation.status === 'succeeded') return result;
  const { code, message } = operation.error ?? { code: operation.status, message: 'see the operation' };
  return { ...result, failure: `${code}: ${message} (GET ${operation.links['self'] ?? operation.id})` };
}

async function follow(
  api: ApiClient,
  accepted: Operation,
  showPhases: (phases: readonly string[]) => void,
  signal: AbortSignal,
): Promise<Operation> {
  const phases: string[] = [];
  const note = (operation: Operation) => {
    if (phases.at(-1) === operation.phase) return;
    phases.push(operation.phase);
    showPhases(phases);
  };
  note(accepted);
  return waitFor(
    async () => {
      const operation = OperationSchema.parse(await api.get(`/v1/operations/${accepted.id}`));
      note(operation);
      return isFinal(operation.status) && operation;
    },
    { what: 'the demo site', timeoutMs: OPERATION_TIMEOUT_MS, intervalMs: 100, signal },
  );
}
