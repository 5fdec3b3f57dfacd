import { setTimeout as sleep } from 'node:timers/promises';
import { VendorFaultError } from '../faults.js';
import type { VendorConnection } from '../connection.js';
import {
  createActionBatch,
  getActionBatch,
  MOST_SYNCHRONOUS_ACTIONS,
  type ActionBatch,
  type BatchAction,
} from './action-batches.js';
import { MerakiRefusal } from './faults.js';

/** The vendor gives a batch ten minutes; who waits longer than this comes back later, and looks what became of it. */
const BATCH_DEADLINE_MS = 120_000;
/** How long to wait for one of the organization's other batches to end. */
const BUSY_DEADLINE_MS = 20_000;
/** A guess of how long an action takes, so that few looks are in vain; waits double from there. */
const ACTION_MS = 20;
const LEAST_WAIT_MS = 250;
const MOST_WAIT_MS = 5_000;
/** A look that fails says nothing about the batch. So many in a row are an outage. */
const FAILED_LOOKS = 3;

interface Reach {
  connection: VendorConnection;
  signal: AbortSignal;
}

/** Nothing of a failed batch was done; `sentences` are the vendor's words about it. */
export type BatchOutcome = { isDone: true } | { isDone: false; sentences: readonly string[] };

const trouble = (message: string) =>
  new VendorFaultError({ code: 'VENDOR_UNAVAILABLE', message, retryable: true });

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

/** Does the actions in order, all or none, and answers when that is decided. @throws VendorFaultError */
export async function runBatch(actions: readonly BatchAction[], reach: Reach): Promise<BatchOutcome> {
  let batch: ActionBatch;
  try {
    batch = await start(actions, reach);
  } catch (error) {
    if (!(error instanceof MerakiRefusal) || error.status !== 400 || error.fault.retryable) throw error;
    return { isDone: false, sentences: [error.fault.message] };
  }
  const { failed, errors } = await endOf(batch, actions.length, reach);
  return failed ? { isDone: false, sentences: errors } : { isDone: true };
}

/** The end of a batch that runs. @throws VendorFaultError when it is not to be seen in time */
export async function endOf(
  batch: ActionBatch,
  actions: number,
  { connection, signal }: Reach,
): Promise<ActionBatch['status']> {
  const deadline = Date.now() + BATCH_DEADLINE_MS;
  let { status } = batch;
  let waitMs = Math.max(LEAST_WAIT_MS, actions * ACTION_MS);
  let failedLooks = 0;
  while (!status.completed && !status.failed) {
    if (Date.now() >= deadline) throw trouble(`action batch ${batch.id} has not ended`);
    await pause(waitMs, signal);
    waitMs = Math.min(waitMs * 2, MOST_WAIT_MS);
    try {
      const found = await getActionBatch(connection, batch.id, signal);
      if (found === undefined) throw trouble(`action batch ${batch.id} is not there any more`);
      status = found.status;
      failedLooks = 0;
    } catch (error) {
      failedLooks += 1;
      if (!(error instanceof VendorFaultError) || !error.fault.retryable || failedLooks >= FAILED_LOOKS) {
        throw error;
      }
      waitMs = Math.max(waitMs, error.fault.retryAfterMs ?? 0);
    }
  }
  return status;
}

/** Waits while as many batches run as the vendor allows. */
async function start(actions: readonly BatchAction[], { connection, signal }: Reach): Promise<ActionBatch> {
  const isSynchronous = actions.length <= MOST_SYNCHRONOUS_ACTIONS;
  const deadline = Date.now() + BUSY_DEADLINE_MS;
  for (let waitMs = LEAST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, MOST_WAIT_MS)) {
    try {
      return await createActionBatch(connection, { actions, isSynchronous }, signal);
    } catch (error) {
      const isBusy = error instanceof MerakiRefusal && error.isForRunningBatches;
      if (!isBusy || Date.now() + waitMs >= deadline) throw error;
    }
    await pause(waitMs, signal);
  }
}
