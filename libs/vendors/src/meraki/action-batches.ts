import { z } from 'zod';
import type { VendorConnection } from '../connection.js';
import { callMeraki, listMeraki, pathOf, unlessGone } from './client.js';
import type { DeviceAttributes } from './devices.js';

export interface BatchAction {
  resource: string;
  operation: 'claim' | 'remove' | 'update';
  body: Readonly<Record<string, unknown>>;
}

const ActionBatch = z.object({
  id: z.string(),
  confirmed: z.boolean(),
  status: z.object({ completed: z.boolean(), failed: z.boolean(), errors: z.array(z.string()) }),
  actions: z.array(z.object({ resource: z.string() })).default([]),
});
export type ActionBatch = z.infer<typeof ActionBatch>;

/** How many actions the vendor takes in one batch, and in one that it does at once. */
export const MOST_ACTIONS = 100;
export const MOST_SYNCHRONOUS_ACTIONS = 20;

/** Any number of serials in one action. */
export const claimAction = (networkId: string, serials: readonly string[]): BatchAction => ({
  resource: pathOf`/networks/${networkId}/devices/claim`,
  operation: 'claim',
  body: { serials },
});

export const removeAction = (networkId: string, serial: string): BatchAction => ({
  resource: pathOf`/networks/${networkId}/devices/remove`,
  operation: 'remove',
  body: { serial },
});

export const updateAction = (serial: string, attributes: DeviceAttributes): BatchAction => ({
  resource: pathOf`/devices/${serial}`,
  operation: 'update',
  body: { ...attributes },
});

/**
 * Starts a batch: its actions are done in order, all or none. An asynchronous one has to be polled; a synchronous one
 * has ended when it is answered. The vendor takes 100 actions, 20 of them synchronously, and runs 5 batches of an
 * organization at a time.
 */
export function createActionBatch(
  connection: VendorConnection,
  batch: { actions: readonly BatchAction[]; isSynchronous?: boolean },
  signal: AbortSignal,
): Promise<ActionBatch> {
  const { actions, isSynchronous = false } = batch;
  return callMeraki(
    connection,
    {
      operation: 'createOrganizationActionBatch',
      method: 'POST',
      path: pathOf`/organizations/${connection.accountId}/actionBatches`,
      body: { confirmed: true, synchronous: isSynchronous, actions },
      answer: ActionBatch,
    },
    signal,
  );
}

/** How a batch is doing; undefined when the vendor does not know it. */
export function getActionBatch(
  connection: VendorConnection,
  batchId: string,
  signal: AbortSignal,
): Promise<ActionBatch | undefined> {
  return unlessGone(
    callMeraki(
      connection,
      {
        operation: 'getOrganizationActionBatch',
        method: 'GET',
        path: pathOf`/organizations/${connection.accountId}/actionBatches/${batchId}`,
        answer: ActionBatch,
      },
      signal,
    ),
  );
}

/** The batches of the organization, whoever's they are, that have not ended. */
export function listPendingBatches(
  connection: VendorConnection,
  signal: AbortSignal,
): Promise<ActionBatch[]> {
  return listMeraki(
    connection,
    {
      operation: 'getOrganizationActionBatches',
      method: 'GET',
      path: pathOf`/organizations/${connection.accountId}/actionBatches`,
      query: new URLSearchParams({ status: 'pending' }),
      answer: z.array(ActionBatch),
    },
    signal,
  );
}
