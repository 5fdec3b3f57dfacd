import { setTimeout as sleep } from 'node:timers/promises';
import { isFinal, MessageHeader, Operation, Site } from '@app/contracts';
import { waitFor } from '../../sandbox/services/wait-for.js';
import type { Answer } from '../../sandbox/stack/gateway-client.js';
import type { Random } from '../plan/random.js';
import type { ResourceFound, Snapshot, Violation } from '../snapshot.js';
import type { System } from '../system/system.js';

const PATIENCE_MS = 90_000;
const AGAIN_AFTER_MS = 100;
const TRIES = 5;

export interface Healing {
  healed: number;
  violations: Violation[];
}

/** What failed, and the dead letter of its operation if it has one. */
interface Patient {
  resource: ResourceFound;
  letter: { id: string; operationId: string } | undefined;
}

/** Ways to have it done after all; those of a dead letter are for patients that have one. */
type Way = 'ask_again' | 'replay' | 'move';

/** What failed under faults succeeds without them, whoever has it done again, and in whichever way. */
export async function heal(system: System, { resources }: Snapshot, random: Random): Promise<Healing> {
  const failed = resources.filter(({ phase }) => phase === 'failed' || phase === 'delete_failed');
  const letters = await openLetters(system);
  const complaints = await Promise.all(
    failed.map((resource) => {
      const letter = letters.find(({ resourceId }) => resourceId === resource.id);
      const way = letter === undefined ? 'ask_again' : random.pick(['ask_again', 'replay', 'move']);
      return healOne(system, { resource, letter }, way);
    }),
  );
  const violations = complaints.filter((complaint) => complaint !== undefined);
  return { healed: failed.length - violations.length, violations };
}

const openLetters = ({ ledger }: System) =>
  ledger.rows<{ id: string; operationId: string; resourceId: string }>(
    `select id, operation_id as "operationId", resource_id as "resourceId" from dead_letter
     where closed_at is null and operation_id is not null`,
  );

async function healOne(system: System, patient: Patient, way: Way): Promise<Violation | undefined> {
  const { resource } = patient;
  const complain = (what: string): Violation => ({
    invariant: 'healing',
    message: `${pathOf(resource)} (${resource.phase}) after ${way}: ${what}`,
    ids: [resource.id],
  });
  try {
    const id = await begin(system, patient, way);
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
      `operation ${id} ended as ${ended.status} (${ended.error?.code}: ${ended.error?.message})`,
    );
  } catch (error) {
    return complain(error instanceof Error ? error.message : String(error));
  }
}

/** @returns the operation that runs now */
async function begin(system: System, { resource, letter }: Patient, way: Way): Promise<string> {
  if (letter === undefined || way === 'ask_again') {
    const answer = await persistently(() => askAgain(system, resource));
    if (answer.status === 202) return Operation.parse(answer.body).id;
    throw new Error(`answered ${answer.status} ${JSON.stringify(answer.body)}`);
  }
  if (way === 'replay') {
    const path = `/v1/dead-letters/${letter.id}:replay`;
    const answer = await persistently(async () => (await system.gateway()).client.call('POST', path));
    if (answer.status === 200) return letter.operationId;
    throw new Error(`answered ${answer.status} ${JSON.stringify(answer.body)}`);
  }
  await waitFor(
    async () => {
      await system.broker.moveBack(
        ({ properties }) => properties.headers?.[MessageHeader.operationId] === letter.operationId,
      );
      return (await openLetters(system)).every(({ id }) => id !== letter.id);
    },
    {
      what: 'the end of a dead letter that was moved back',
      timeoutMs: PATIENCE_MS,
      intervalMs: AGAIN_AFTER_MS,
    },
  );
  return letter.operationId;
}

/** The same spec, with the secrets that are stored; or the deletion. */
async function askAgain(system: System, resource: ResourceFound): Promise<Answer> {
  const { client } = await system.gateway();
  const path = pathOf(resource);
  if (resource.phase === 'delete_failed') return client.call('DELETE', path);
  const { spec } = Site.parse((await client.call('GET', path)).body);
  return client.call('PUT', path, { body: spec });
}

async function persistently(ask: () => Promise<Answer>): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      if (tries >= TRIES) throw error;
      await sleep(AGAIN_AFTER_MS);
    }
  }
}

const pathOf = ({ customer, name }: ResourceFound): string => `/v1/customers/${customer}/sites/${name}`;
