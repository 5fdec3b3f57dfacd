import type { OperationFound, ResourceFound, Snapshot, Violation } from '../snapshot.js';

const INVARIANT = 'endings';

/** Its run was stopped at its deadline, or its worker was gone by then. */
const AT_DEADLINE = new Set<string | undefined>(['TF_TIMED_OUT', 'WORKER_LOST']);

/** Phases in which a site rests. */
const RESTING = new Set(['ready', 'failed', 'delete_failed', 'deleted']);

/** Operations end for reasons that the faults of a round explain, and a site stands where its last one left it. */
export function checkEndings({ operations, resources }: Snapshot): Violation[] {
  return [
    ...operations.flatMap(checkOperation),
    ...resources.flatMap((resource) =>
      checkResource(
        resource,
        operations.filter(({ resourceId }) => resourceId === resource.id),
      ),
    ),
  ];
}

function checkOperation({ id, status, error, supersededBy }: OperationFound): Violation[] {
  const complain = (message: string): Violation[] => [{ invariant: INVARIANT, message, ids: [id] }];
  switch (status) {
    // No fault of a round is the vendor's last word, so only what was tried often enough may fail.
    case 'failed':
      return error?.retryable === true
        ? []
        : complain(`an operation failed for good: ${error?.code}: ${error?.message}`);
    case 'timed_out':
      return AT_DEADLINE.has(error?.code) ? [] : complain(`an operation timed out with ${error?.code}`);
    case 'cancelled':
      return supersededBy === null ? complain('an operation was cancelled by nobody') : [];
    case 'pending':
    case 'in_progress':
    case 'awaiting_approval':
    case 'succeeded':
      break;
  }
  return [];
}

function checkResource(resource: ResourceFound, operations: readonly OperationFound[]): Violation[] {
  const last = operations.at(-1);
  const complain = (message: string): Violation[] => [
    {
      invariant: INVARIANT,
      message: `${resource.customer}/${resource.name}: ${message}`,
      ids: [resource.id, ...(last === undefined ? [] : [last.id])],
    },
  ];
  if (!RESTING.has(resource.phase)) return complain(`it rests as ${resource.phase}`);
  if (last === undefined) return complain('it has no operation');
  const ends = resource.phase === 'ready' || resource.phase === 'deleted' ? 'succeeded' : 'failed';
  const ended = last.status === 'timed_out' ? 'failed' : last.status;
  if (ended !== ends) return complain(`it is ${resource.phase}, and its last operation ${last.status}`);
  if (last.revision !== resource.revision) {
    return complain(`its last operation is for revision ${last.revision}, not ${resource.revision}`);
  }
  return [];
}
