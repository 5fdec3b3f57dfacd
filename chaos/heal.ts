import { setTimeout as sleep } from 'node:timers/promises';
import { isFinal, Operation, Site } from '@app/contracts';
import { waitFor } from '../sandbox/services/wait-for.js';
import type { ResourceFound, Snapshot, Violation } from './snapshot.js';
import type { System } from './system/system.js';

const PATIENCE_MS = 90_000;
const AGAIN_AFTER_MS = 100;

export interface Healing {
  healed: number;
  violations: Violation[];
}

/** What failed under faults succeeds without them, when it is asked for again. */
export async function heal(system: System, { resources }: Snapshot): Promise<Healing> {
  const failed = resources.filter(({ phase }) => phase === 'failed' || phase === 'delete_failed');
  const complaints = await Promise.all(failed.map((resource) => healOne(system, resource)));
  const violations = complaints.filter((complaint) => complaint !== undefined);
  return { healed: failed.length - violations.length, violations };
}

async function healOne(system: System, resource: ResourceFound): Promise<Violation | undefined> {
  const path = `/v1/customers/${resource.customer}/sites/${resource.name}`;
  const complain = (what: string): Violation => ({
    invariant: 'healing',
    message: `${path} (${resource.phase}) ${what}`,
    ids: [resource.id],
  });
  try {
    const answer = await askAgain(system, resource, path);
    if (answer.status !== 202)
      return complain(`was answered ${answer.status} ${JSON.stringify(answer.body)} when asked again`);
    const { id } = Operation.parse(answer.body);
    const ended = await waitFor(
      async () => {
        const { client } = await system.gateway();
        const operation = await client.operation(id).catch(() => undefined);
        return operation !== undefined && isFinal(operation.status) && operation;
      },
      { what: `the end of ${id}`, timeoutMs: PATIENCE_MS, intervalMs: AGAIN_AFTER_MS },
    );
    if (ended.status === 'succeeded') return undefined;
    return complain(
      `ended as ${ended.status} (${ended.error?.code}: ${ended.error?.message}), operation ${id}`,
    );
  } catch (error) {
    return complain(error instanceof Error ? error.message : String(error));
  }
}

/** The same spec, with the secrets that are stored; or the deletion. */
async function askAgain(system: System, { phase }: ResourceFound, path: string) {
  for (let tries = 1; ; tries += 1) {
    const { client } = await system.gateway();
    try {
      if (phase === 'delete_failed') return await client.call('DELETE', path);
      const { spec } = Site.parse((await client.call('GET', path)).body);
      return await client.call('PUT', path, { body: spec });
    } catch (error) {
      if (tries >= 5) throw error;
      await sleep(AGAIN_AFTER_MS);
    }
  }
}
