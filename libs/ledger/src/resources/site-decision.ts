import type { OperationAction, SitePhase } from '@app/contracts';

/** A site as a request finds it. */
export interface SiteFound {
  phase: SitePhase;
  revision: number;
  appliedRevision: number | null;
  /** A run has been started for it: something of it may be at the vendor. */
  hasReachedVendor: boolean;
  /** Its operations that have not ended, oldest first. */
  active: { id: string; action: OperationAction; revision: number; isStarted: boolean }[];
}

export type PutDecision =
  | { kind: 'deleting'; operationId: string }
  | { kind: 'unchanged' }
  /** `revision` is a new one, or the same again after a failure. */
  | { kind: 'submit'; action: 'create' | 'update'; revision: number; isNewRevision: boolean };

/** What a PUT of a spec leads to. */
export function decidePut(site: SiteFound | undefined, isSameSpec: boolean): PutDecision {
  if (site === undefined) return { kind: 'submit', action: 'create', revision: 1, isNewRevision: true };
  const deletion = site.active.find(({ action }) => action === 'delete');
  if (deletion !== undefined) return { kind: 'deleting', operationId: deletion.id };
  const action = site.appliedRevision === null ? 'create' : 'update';
  if (!isSameSpec) return { kind: 'submit', action, revision: site.revision + 1, isNewRevision: true };
  const isUnderWay = site.active.some(({ revision }) => revision === site.revision);
  const isApplied = site.appliedRevision === site.revision && site.phase === 'ready';
  if (isUnderWay || isApplied) return { kind: 'unchanged' };
  return { kind: 'submit', action, revision: site.revision, isNewRevision: false };
}

export type DeleteDecision =
  | { kind: 'under_way'; operationId: string }
  /** Nothing of it is at the vendor and nothing is on its way there. */
  | { kind: 'forget' }
  | { kind: 'submit' };

/** What a DELETE leads to. */
export function decideDelete(site: SiteFound): DeleteDecision {
  const deletion = site.active.find(({ action }) => action === 'delete');
  if (deletion !== undefined) return { kind: 'under_way', operationId: deletion.id };
  const isRunning = site.active.some(({ isStarted }) => isStarted);
  return !site.hasReachedVendor && !isRunning ? { kind: 'forget' } : { kind: 'submit' };
}

/** The site's phase while an operation of that action waits or runs. */
export const phaseDuring = (action: OperationAction): SitePhase => PHASES[action];

const PHASES: Record<OperationAction, SitePhase> = {
  create: 'creating',
  update: 'updating',
  delete: 'deleting',
};
