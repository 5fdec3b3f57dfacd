import { Agent, request } from 'node:http';
import type { System } from '../system/system.js';
import { inParallel } from './in-parallel.js';
import { siteBody, spread } from './sites.js';

export interface AcceptRate {
  requests: number;
  durationMs: number;
  /** Of each request, as its client sees it. */
  latenciesMs: number[];
}

/** Sends creates to a gateway behind which nobody works, so many at a time. Throws when one is not accepted. */
export async function measureAcceptRate(
  system: System,
  { requests, clients }: { requests: number; clients: number },
): Promise<AcceptRate> {
  const { accounts, items } = spread('accept', requests);
  const { gateway, stack } = system;
  await system.addCustomers(accounts);
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const bodies = items.map((item) => ({ ...item, body: JSON.stringify(siteBody(item)) }));
  const latenciesMs: number[] = [];
  const put = ({ account, site, body }: { account: string; site: string; body: string }) =>
    new Promise<void>((resolve, reject) => {
      const startedAt = performance.now();
      const call = request(
        `${gateway.url}/v1/customers/${account}/sites/${site}`,
        {
          agent,
          method: 'PUT',
          headers: {
            authorization: `Bearer ${stack.adminKey}`,
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
          },
        },
        (answer) => {
          answer.resume();
          answer.once('end', () => {
            latenciesMs.push(performance.now() - startedAt);
            if (answer.statusCode === 202) resolve();
            else reject(new Error(`a create was answered ${answer.statusCode}`));
          });
        },
      );
      call.once('error', reject);
      call.end(body);
    });
  // The first ones warm the gateway up and are not counted.
  const warmUp = Math.ceil(bodies.length / 10);
  await inParallel(bodies.slice(0, warmUp), clients, put);
  latenciesMs.length = 0;
  const startedAt = performance.now();
  await inParallel(bodies.slice(warmUp), clients, put);
  const durationMs = performance.now() - startedAt;
  agent.destroy();
  return { requests: latenciesMs.length, durationMs, latenciesMs };
}
