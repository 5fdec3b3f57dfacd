import { z } from 'zod';
import { badRequest, notFound, parameters } from './answers.js';
import { routeOf, type BatchRuns } from './batch-runs.js';
import { pathValue, type Operation, type OperationCall } from './context.js';
import type { Organization } from './organization.js';
import { isFinished, type BatchRecord } from './records.js';
import { route, type Route } from './routes.js';

const MOST_ACTIONS = 100;
const MOST_SYNCHRONOUS_ACTIONS = 20;
const MOST_RUNNING = 5;
const WEEK_MS = 7 * 24 * 3_600_000;

const Action = z.object({
  resource: z.string().startsWith('/'),
  operation: z.string().min(1),
  body: z.record(z.string(), z.unknown()).optional(),
});

const NewBatch = z.object({
  confirmed: z.boolean().default(false),
  synchronous: z.boolean().default(false),
  actions: z.array(Action).min(1),
});

const BatchChanges = z.object({
  confirmed: z.boolean().optional(),
  synchronous: z.boolean().optional(),
});

const NOT_RUN = { completed: false, failed: false, errors: [], createdResources: [] };

const answerBatch = (
  { id, confirmed, synchronous, status, actions }: BatchRecord,
  { id: owner }: Organization,
) => ({
  id,
  organizationId: owner,
  confirmed,
  synchronous,
  status,
  actions,
});

function checkSize(isSynchronous: boolean, actions: number): void {
  if (actions > MOST_ACTIONS) throw badRequest(`A batch can have at most ${MOST_ACTIONS} actions`);
  if (isSynchronous && actions > MOST_SYNCHRONOUS_ACTIONS) {
    throw badRequest(`A synchronous batch can have at most ${MOST_SYNCHRONOUS_ACTIONS} actions`);
  }
}

function checkRunning({ organization }: OperationCall): void {
  if (organization.runningBatches() < MOST_RUNNING) return;
  throw badRequest(`Too many concurrently running batches. Limit is ${MOST_RUNNING}.`);
}

/** Batches that nobody confirmed vanish after a week. */
function forgetStale({ organization, now }: OperationCall): void {
  for (const { id, confirmed, createdAt } of organization.batches()) {
    if (!confirmed && now - createdAt >= WEEK_MS) organization.removeBatch(id);
  }
}

function batchOf(call: OperationCall): BatchRecord {
  forgetStale(call);
  const batch = call.organization.batch(pathValue(call, 'actionBatchId'));
  if (!batch) throw notFound();
  return batch;
}

const getOrganizationActionBatch: Operation = (call) => ({
  status: 200,
  body: answerBatch(batchOf(call), call.organization),
});

function stateOf(batch: BatchRecord): string {
  if (!isFinished(batch)) return 'pending';
  return batch.status.failed ? 'failed' : 'completed';
}

const getOrganizationActionBatches: Operation = (call) => {
  forgetStale(call);
  const wanted = call.query.get('status');
  const found = call.organization.batches().filter((batch) => wanted === null || stateOf(batch) === wanted);
  return { status: 200, body: found.map((batch) => answerBatch(batch, call.organization)) };
};

const deleteOrganizationActionBatch: Operation = (call) => {
  const batch = batchOf(call);
  if (batch.confirmed) throw badRequest('A batch cannot be deleted once it is confirmed');
  call.organization.removeBatch(batch.id);
  return { status: 204 };
};

/** `POST .../actionBatches` and what belongs to it. */
export function batchRoutes(runs: BatchRuns): Route[] {
  const createOrganizationActionBatch: Operation = (call) => {
    const { confirmed, synchronous, actions } = parameters(NewBatch, call.body);
    checkSize(synchronous, actions.length);
    // What cannot be an action is refused at once; whether an action can be done shows when it is its turn.
    for (const action of actions) routeOf(action);
    if (confirmed) checkRunning(call);
    const batch: BatchRecord = {
      id: call.store.nextBatchId(),
      confirmed,
      synchronous,
      status: NOT_RUN,
      actions,
      createdAt: call.now,
      runMs: null,
      dueAt: null,
    };
    if (!confirmed) call.organization.putBatch(batch);
    const stored = confirmed ? runs.start(call.organization, batch) : batch;
    return { status: 201, body: answerBatch(stored, call.organization) };
  };

  const updateOrganizationActionBatch: Operation = (call) => {
    const batch = batchOf(call);
    const { confirmed = batch.confirmed, synchronous = batch.synchronous } = parameters(
      BatchChanges,
      call.body,
    );
    if (batch.confirmed) throw badRequest('A batch cannot be changed once it is confirmed');
    checkSize(synchronous, batch.actions.length);
    if (confirmed) checkRunning(call);
    const changed = { ...batch, synchronous };
    if (!confirmed) call.organization.putBatch(changed);
    const stored = confirmed ? runs.start(call.organization, changed) : changed;
    return { status: 200, body: answerBatch(stored, call.organization) };
  };

  const list = '/organizations/{organizationId}/actionBatches';
  const one = `${list}/{actionBatchId}`;
  return [
    route('createOrganizationActionBatch', 'POST', list, createOrganizationActionBatch),
    route('getOrganizationActionBatches', 'GET', list, getOrganizationActionBatches),
    route('getOrganizationActionBatch', 'GET', one, getOrganizationActionBatch),
    route('updateOrganizationActionBatch', 'PUT', one, updateOrganizationActionBatch),
    route('deleteOrganizationActionBatch', 'DELETE', one, deleteOrganizationActionBatch),
  ];
}
