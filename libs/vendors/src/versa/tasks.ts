import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { VendorFaultError } from '../faults.js';
import type { VendorConnection } from '../connection.js';
import { callVersa, pathOf } from './client.js';
import { refusalOfTask, type Complaint, type VersaRefusal } from './faults.js';
import { withoutPrefixes } from './prefixes.js';

/** Asked after a second, two, three, ... and then as often as the vendor's own clients ask. */
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 5000;
/** Fifty devices take minutes; what takes longer hangs, and whoever comes next finds out what became of it. */
const DEADLINE_MS = 15 * 60_000;
/** A look that fails says nothing about the task. So many in a row, and the vendor is down. */
const FAILED_LOOKS = 3;

const Progress = z.preprocess(
  withoutPrefixes,
  z.object({
    task: z.object({
      'task-status': z.string(),
      errormessage: z
        .array(
          z.object({
            'error-code': z.coerce.string().optional(),
            'error-message': z.string().optional(),
          }),
        )
        .nullish(),
    }),
  }),
);

/** What a call answers that starts a task. */
export const TaskStarted = z
  .object({ TaskResponse: z.object({ 'task-id': z.coerce.string() }) })
  .transform(({ TaskResponse }) => TaskResponse['task-id']);

/** How a task ended. Without complaints it did all that it was to do. */
export interface TaskEnd {
  complaints: Complaint[];
}

/** Waits until the task has ended. @throws VendorFaultError when that could not be learnt */
export async function endOfTask(
  connection: VendorConnection,
  taskId: string,
  signal: AbortSignal,
): Promise<TaskEnd> {
  const scale = connection.clockScale ?? 1;
  let waitedMs = 0;
  let failedLooks = 0;
  for (let waitMs = FIRST_WAIT_MS; waitedMs < DEADLINE_MS; waitMs = nextWait(waitMs)) {
    await pause(waitMs / scale, signal);
    waitedMs += waitMs;
    try {
      const end = await lookAt(connection, taskId, signal);
      if (end !== undefined) return end;
      failedLooks = 0;
    } catch (error) {
      failedLooks += 1;
      if (failedLooks === FAILED_LOOKS || !mayPass(error)) throw error;
    }
  }
  throw new VendorFaultError({
    code: 'VENDOR_UNAVAILABLE',
    message: `task ${taskId} has not ended after ${DEADLINE_MS / 60_000} minutes`,
    retryable: true,
  });
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

const nextWait = (waitMs: number): number => Math.min(waitMs + FIRST_WAIT_MS, LONGEST_WAIT_MS);

const mayPass = (error: unknown): boolean =>
  error instanceof VendorFaultError && error.fault.code === 'VENDOR_UNAVAILABLE';

async function lookAt(
  connection: VendorConnection,
  taskId: string,
  signal: AbortSignal,
): Promise<TaskEnd | undefined> {
  const { task } = await callVersa(
    connection,
    {
      operation: 'task:get',
      method: 'GET',
      path: pathOf`/vnms/tasks/task/${taskId}`,
      query: new URLSearchParams({ deep: 'true' }),
      answer: Progress,
    },
    signal,
  );
  if (task['task-status'] === 'COMPLETED') return { complaints: [] };
  if (task['task-status'] !== 'FAILED') return undefined;
  const complaints = (task.errormessage ?? []).map((error) => ({
    message: error['error-message'] ?? '',
    code: error['error-code'],
  }));
  return { complaints: complaints.length === 0 ? [{ message: '', code: undefined }] : complaints };
}

/** The refusal of a task as a whole, whose first complaint that does not pass by itself counts most. */
export function refusalOfTaskEnd({ complaints }: TaskEnd): VersaRefusal | undefined {
  const refusals = complaints.map(refusalOfTask);
  return refusals.find(({ fault }) => !fault.retryable) ?? refusals[0];
}
