import { setTimeout as sleep } from 'node:timers/promises';
import { isFinal, MessageHeader, Operation } from '@app/contracts';
import { waitFor } from '../../sandbox/services/wait-for.js';
import type { Answer } from '../../sandbox/stack/gateway-client.js';
import type { Violation } from '../snapshot.js';
import type { System } from '../system/system.js';

const PATIENCE_MS = 90_000;
const AGAIN_AFTER_MS = 100;
const TRIES = 5;

export interface Healing {
  healed: number;
  violations: Violation[];
}

/** An open dead letter. */
export interface Letter {
  id: string;
  operationId: string;
  resourceId: string;
}

export const openLetters = ({ ledger }: System): Promise<Letter[]> =>
  ledger.rows<Letter>(
    `select id, operation_id as "operationId", resource_id as "resourceId" from dead_letter
     where closed_at is null and operation_id is not null`,
  );

/** Sends a request until it has an answer. @returns the operation that it was accepted with */
export async function accepted(ask: () => Promise<Answer>): Promise<string> {
  const answer = await persistently(ask);
  if (answer.status === 202) return Operation.parse(answer.body).id;
  throw new Error(`answered ${answer.status} ${JSON.stringify(answer.body)}`);
}

export async function replay(system: System, { id }: Letter): Promise<void> {
  const path = `/v1/dead-letters/${id}:replay`;
  const answer = await persistently(async () => (await system.gateway()).client.call('POST', path));
  if (answer.status !== 200) throw new Error(`answered ${answer.status} ${JSON.stringify(answer.body)}`);
}

/** As somebody does who moves the message at the broker. */
export async function moveBack(system: System, { id, operationId }: Letter): Promise<void> {
  await waitFor(
    async () => {
      await system.broker.moveBack(
        ({ properties }) => properties.headers?.[MessageHeader.operationId] === operationId,
      );
      return (await openLetters(system)).every((open) => open.id !== id);
    },
    {
      what: 'the end of a dead letter that was moved back',
      timeoutMs: PATIENCE_MS,
      intervalMs: AGAIN_AFTER_MS,
    },
  );
}

/** @throws when the operation does not end well */
export async function untilSucceeded(system: System, id: string): Promise<void> {
  const ended = await waitFor(
    async () => {
      const { client } = await system.gateway();
      const operation = await client.operation(id).catch(() => undefined);
      return operation !== undefined && isFinal(operation.status) && operation;
    },
    { what: `the end of ${id}`, timeoutMs: PATIENCE_MS, intervalMs: AGAIN_AFTER_MS },
  );
  if (ended.status === 'succeeded') return;
  throw new Error(`operation ${id} ended as ${ended.status} (${ended.error?.code}: ${ended.error?.message})`);
}

/** undefined when it has worked. */
export async function complaintOf(
  what: string,
  ids: string[],
  cure: () => Promise<void>,
): Promise<Violation | undefined> {
  try {
    await cure();
    return undefined;
  } catch (error) {
    const message = `${what}: ${error instanceof Error ? error.message : String(error)}`;
    return { invariant: 'healing', message, ids };
  }
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
