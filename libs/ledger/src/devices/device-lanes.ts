import type { Transaction } from '../database/database.js';
import { lockLane, type DispatchLane } from '../operations/dispatch.js';

export const DEVICE_LANES = ['bulk', 'device'] as const;

/** Both of them, in the order in which everybody locks them. */
export async function lockDeviceLanes(tx: Transaction, account: Omit<DispatchLane, 'lane'>): Promise<void> {
  for (const lane of DEVICE_LANES) await lockLane(tx, { ...account, lane });
}
