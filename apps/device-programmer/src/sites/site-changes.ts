import type { ChangeCounts, OperationAction } from '@app/contracts';

/** A site is one object to a vendor without Terraform. undefined: nothing is known to have changed. */
export const siteChanges = (action: OperationAction | undefined): ChangeCounts => ({
  add: action === 'create' ? 1 : 0,
  change: action === 'update' ? 1 : 0,
  remove: action === 'delete' ? 1 : 0,
  replace: 0,
});
