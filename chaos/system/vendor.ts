import { z } from 'zod';
import type { Stack } from '../../sandbox/stack/stack.js';
import type { FaultSpec } from '../../sandbox/admin/fault-rules.js';

const Tunnel = z.object({
  publicSiteIp: z.string().nullable(),
  privateSiteIp: z.string().nullable(),
  privateCatoIp: z.string().nullable(),
  lastMileBw: z.looseObject({ downstream: z.number().nullish(), upstream: z.number().nullish() }),
  psk: z.string(),
});
const Group = z.looseObject({ tunnels: z.array(Tunnel) }).nullish();
const Host = z.object({
  hostId: z.string(),
  siteId: z.string(),
  name: z.string(),
  ip: z.string(),
  macAddress: z.string().nullable(),
});
export type VendorHost = z.infer<typeof Host>;
const VendorAccount = z.object({
  account: z.string(),
  objects: z.object({
    sites: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        siteType: z.string(),
        description: z.string().nullable(),
        nativeRange: z.looseObject({ subnet: z.string() }),
        primary: Group,
        secondary: Group,
      }),
    ),
    bgpPeers: z.array(
      z.object({
        id: z.string(),
        siteId: z.string(),
        name: z.string(),
        peerIp: z.string(),
        peerAsn: z.coerce.number(),
        metric: z.coerce.number(),
      }),
    ),
    hosts: z.array(Host),
  }),
});
export type VendorAccount = z.infer<typeof VendorAccount>;
const Accounts = z.object({ accounts: z.array(VendorAccount) });
const Rule = z.object({ id: z.string() });
const Fired = z.object({ fired: z.number() });

const VENDOR = 'cato';

/** The simulated vendor, by its back door. */
export class Vendor {
  constructor(private readonly stack: Pick<Stack, 'admin'>) {}

  async accounts(): Promise<VendorAccount[]> {
    return Accounts.parse(await this.stack.admin('GET', `/objects?vendor=${VENDOR}`)).accounts;
  }

  async setLatency(p50Ms: number): Promise<void> {
    await this.stack.admin('POST', '/latency', { vendor: VENDOR, p50Ms, p99Ms: p50Ms * 4 });
  }

  /** @returns the rule's id */
  async addFault(spec: Omit<FaultSpec, 'vendor'>): Promise<string> {
    return Rule.parse(await this.stack.admin('POST', '/faults', { vendor: VENDOR, ...spec })).id;
  }

  /** Calls that the rule holds are cut. @returns how often it has fired */
  async removeFault(id: string): Promise<number> {
    return Fired.parse(await this.stack.admin('DELETE', `/faults/${id}`)).fired;
  }

  async liftAll(): Promise<void> {
    await this.stack.admin('DELETE', '/faults');
    await this.setLatency(0);
  }
}
