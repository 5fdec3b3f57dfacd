import { AppError } from '@app/runtime';
import type { PlannedChange } from './stream.js';

/** The plan destroys or replaces something that the request did not ask to destroy. Nothing was applied. */
export class PlanGuarded extends AppError {
  readonly code = 'PLAN_GUARD';
  constructor(readonly changes: readonly PlannedChange[]) {
    const list = changes.map(({ action, address }) => `${action} ${address}`).join(', ');
    super(`the plan would ${list}, which was not asked for; nothing was changed`, { details: { changes } });
  }
}

/** What a plan takes away beyond what was asked. A replacement is never asked for. */
export function unaskedDestruction(
  planned: readonly PlannedChange[],
  asked: readonly string[],
): PlannedChange[] {
  return planned.filter(
    ({ action, address }) => action === 'replace' || (action === 'delete' && !asked.includes(address)),
  );
}
