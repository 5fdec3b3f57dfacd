import type { SiteClaim } from '@app/ledger';

/** What a run does first. */
export type FirstStep =
  /** A delete of what never was. */
  | { kind: 'nothing' }
  /** Plan and apply in one process. */
  | { kind: 'apply'; isDestroy: boolean; refresh: boolean }
  /** Save a plan, look at it, apply it. */
  | { kind: 'plan'; refresh: boolean }
  /** Find out what an earlier run has left at the vendor. */
  | { kind: 'reconcile' };

/**
 * Which sequence of Terraform processes a claim needs. One process is safe only where a plan can take nothing away
 * that is not asked to go: on a state that never held a resource, and for a delete.
 */
export function firstStep({
  action,
  attempt,
  hasStateHeldResources,
  isUnreconciled,
}: Pick<SiteClaim, 'action' | 'attempt' | 'hasStateHeldResources' | 'isUnreconciled'>): FirstStep {
  if (isUnreconciled) return { kind: 'reconcile' };
  if (action === 'delete') {
    return hasStateHeldResources ? { kind: 'apply', isDestroy: true, refresh: false } : { kind: 'nothing' };
  }
  if (!hasStateHeldResources) return { kind: 'apply', isDestroy: false, refresh: true };
  // Reading every object back costs most of a vendor's budget; our own record is trusted on a first try.
  return { kind: 'plan', refresh: attempt > 0 };
}
