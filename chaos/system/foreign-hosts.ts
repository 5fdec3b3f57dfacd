import { z } from 'zod';
import type { Stack } from '../../sandbox/stack/stack.js';
import type { Vendor, VendorHost } from './vendor.js';

/** A host that somebody else has put on one of our sites. */
export interface ForeignHost extends VendorHost {
  account: string;
}

const NAME = 'not-ours';
/** The last address of a network: no device of the load has it. */
const LAST_ADDRESS = '.254';
/** Any will do: the vendor's accounts take every token. */
const TOKEN = 'token';

const ADD = `mutation siteAddStaticHost($siteId: ID!, $addStaticHostInput: AddStaticHostInput!, $accountId: ID!) {
  site(accountId: $accountId) { addStaticHost(siteId: $siteId, input: $addStaticHostInput) { hostId } }
}`;
const Added = z.object({
  data: z.object({ site: z.object({ addStaticHost: z.object({ hostId: z.string() }) }) }),
});

/** Hosts that Sitewright knows nothing of and has to leave alone, wherever it adds and removes its own. */
export class ForeignHosts {
  readonly #planted: ForeignHost[] = [];

  constructor(
    private readonly stack: Pick<Stack, 'simulators'>,
    private readonly vendor: Pick<Vendor, 'accounts'>,
  ) {}

  /** All that were ever there; a site takes them along when it goes. */
  get planted(): readonly ForeignHost[] {
    return this.#planted;
  }

  /** Puts one on each site of these accounts that has had none yet. */
  async plant(isMeant: (account: string) => boolean): Promise<void> {
    const known = new Set(this.#planted.map(({ siteId }) => siteId));
    for (const { account, objects } of await this.vendor.accounts()) {
      if (!isMeant(account)) continue;
      for (const { id, nativeRange } of objects.sites) {
        if (known.has(id)) continue;
        const ip = nativeRange.subnet.replace(/\.\d+\/\d+$/, LAST_ADDRESS);
        this.#planted.push({ ...(await this.#add(account, { siteId: id, ip })), account });
      }
    }
  }

  async #add(account: string, { siteId, ip }: Pick<VendorHost, 'siteId' | 'ip'>): Promise<VendorHost> {
    const answer = await fetch(this.stack.simulators.vendors['cato'] ?? '', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': TOKEN, 'x-account-id': account },
      body: JSON.stringify({
        operationName: 'siteAddStaticHost',
        query: ADD,
        variables: { accountId: account, siteId, addStaticHostInput: { name: NAME, ip } },
      }),
    });
    const { data } = Added.parse(await answer.json());
    return { hostId: data.site.addStaticHost.hostId, siteId, name: NAME, ip, macAddress: null };
  }
}
