import { setTimeout as delay } from 'node:timers/promises';
import { childrenOf, commandLineOf } from '../measure/process-table.js';
import type { System } from '../system/system.js';
import { siteBody, spread } from './sites.js';

export interface IdleStart {
  /** From sending the request to the existence of its Terraform process. */
  fromRequestMs: number[];
  /** From the accepting answer to it; the process may be there before its client has read the answer. */
  fromAcceptMs: number[];
  /** From sending the request to its settlement. */
  totalMs: number[];
}

const POLL_MS = 1;
const TIMEOUT_MS = 30_000;

/** Creates sites one after another on an idle system, and watches for the process that each one starts. */
export async function measureIdleStart(
  system: System,
  runs: number,
  terraformBin: string,
): Promise<IdleStart> {
  const { accounts, items } = spread('idle', runs);
  await system.addCustomers(accounts);
  const result: IdleStart = { fromRequestMs: [], fromAcceptMs: [], totalMs: [] };
  for (const item of items) {
    const watch = watchFor(system, terraformBin);
    const requestedAt = performance.now();
    const operation = await system.client.submit('PUT', `/v1/customers/${item.account}/sites/${item.site}`, {
      body: siteBody(item),
    });
    const acceptedAt = performance.now();
    const startedAt = await watch;
    const settled = await system.client.settled(operation.id);
    if (settled.status !== 'succeeded') throw new Error(`a create has failed: ${settled.error?.code}`);
    result.fromRequestMs.push(startedAt - requestedAt);
    result.fromAcceptMs.push(Math.max(startedAt - acceptedAt, 0));
    result.totalMs.push(settled.timings.totalMs ?? Number.NaN);
  }
  return result;
}

/** When a Terraform process was first seen. A child that is still a copy of the supervisor does not count yet. */
async function watchFor({ executors }: System, terraformBin: string): Promise<number> {
  const supervisors = executors.flatMap(({ pid }) => childrenOf(pid));
  const known = new Set(supervisors.flatMap(childrenOf));
  const deadline = performance.now() + TIMEOUT_MS;
  while (performance.now() < deadline) {
    const found = supervisors
      .flatMap(childrenOf)
      .some((pid) => !known.has(pid) && commandLineOf(pid)[0] === terraformBin);
    if (found) return performance.now();
    await delay(POLL_MS);
  }
  throw new Error('no Terraform process was started');
}
