import { randomUUID } from 'node:crypto';
import type { RunGrant, StateStore } from '@app/ledger';

/**
 * Stores a state that Terraform could not store. While the run still owns its site the state becomes the current one;
 * else it is kept aside, for it may be older than what is stored by now.
 * @returns where it went
 * @throws when neither can be done: keep the file
 */
export async function salvageState(
  store: StateStore,
  grant: RunGrant,
  content: Buffer,
): Promise<'stored' | 'quarantined'> {
  try {
    await storeState(store, grant, content);
    return 'stored';
  } catch {
    await store.quarantine(grant, content);
    return 'quarantined';
  }
}

async function storeState(store: StateStore, grant: RunGrant, content: Buffer): Promise<void> {
  const lockId = randomUUID();
  const holder = await store.lock(grant, { ID: lockId, Operation: 'salvage', Who: grant.workerId });
  if (holder === undefined) {
    try {
      await store.write(grant, lockId, content);
    } finally {
      await store.unlock(grant, lockId);
    }
    return;
  }
  // Terraform could not give its lock back either.
  if (holder.operationId !== grant.operationId) throw new Error('the state is locked by another run');
  await store.write(grant, holder.lockId, content);
  await store.unlock(grant, holder.lockId);
}
