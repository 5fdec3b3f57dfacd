import type { OperationAction } from '@app/contracts';
import type { StateResource } from '@app/ledger';
import type { FoundSite, VendorObject } from '@app/vendors';

/** What is known of a site after a run that reached apply. */
export interface Findings {
  action: OperationAction;
  /** The site was converged at least once. */
  isApplied: boolean;
  /** The state may say of the site what the vendor no longer holds, and reading it again would not tell. */
  mayHideChanges: boolean;
  /** Addresses that an earlier spec of this site asked for, and this one does not. */
  addressesToGo: ReadonlySet<string>;
  /** Ids of what earlier runs for this site have reported as theirs. */
  reportedIds: ReadonlySet<string>;
  siteAddress: string;
  state: readonly StateResource[];
  found: FoundSite | undefined;
}

/** What brings state and vendor together again, in this order. */
export interface Repair {
  /** A site of ours that is to go at the vendor: it cannot be adopted, or is to be deleted and is in no state. */
  remove: string | undefined;
  /** What is to go below the site, at the vendor: it is in no state, so that no plan would remove it. */
  removeBelow: VendorObject[];
  /** Addresses whose objects are gone, to be dropped from the state. */
  forget: string[];
  untaint: string[];
  import: VendorObject[];
  next: 'create' | 'plan' | 'destroy' | 'done';
}

export type Reconciliation = { kind: 'name_taken'; siteId: string } | ({ kind: 'repair' } & Repair);

/**
 * What to do about what an earlier run has left. Terraform saves its state late: a run that was killed leaves objects
 * that no state knows; one that failed leaves them tainted. Only what carries our mark, or is in our own state, is ours.
 */
export function reconcile(findings: Findings): Reconciliation {
  const { action, siteAddress, state, found } = findings;
  const known = state.find(({ address }) => address === siteAddress);
  const isKnown = found !== undefined && known?.objectId === found.id;
  if (found !== undefined && !found.isOurs && !isKnown) {
    // To a delete somebody else's site of that name is the same as none.
    if (action !== 'delete') return { kind: 'name_taken', siteId: found.id };
    return repair(deletion({ ...findings, found: undefined }, isKnown));
  }
  return repair(action === 'delete' ? deletion(findings, isKnown) : convergence(findings));
}

const repair = (steps: Partial<Repair> & Pick<Repair, 'next'>): Reconciliation => ({
  kind: 'repair',
  remove: undefined,
  removeBelow: [],
  forget: [],
  untaint: [],
  import: [],
  ...steps,
});

const addresses = (resources: readonly StateResource[]): string[] => resources.map(({ address }) => address);

function convergence({
  isApplied,
  mayHideChanges,
  addressesToGo,
  reportedIds,
  siteAddress,
  state,
  found,
}: Findings): Partial<Repair> & Pick<Repair, 'next'> {
  // What is in the state and not found is dropped, or found under another name, by the plan's own reading.
  if (found === undefined) return { next: state.length === 0 ? 'create' : 'plan' };

  const tainted = state.filter(({ isTainted }) => isTainted);
  // Somebody took our mark away; the lookup says nothing of what hangs below.
  if (!found.isOurs) return { untaint: addresses(tainted), next: 'plan' };

  const inState = new Set(state.map(({ objectId }) => objectId));
  const strangers = found.strangers.filter(({ id }) => !inState.has(id));
  // Nobody depends on it yet, so what cannot be adopted as a whole is made anew.
  if (!isApplied && strangers.length > 0) {
    return { remove: found.id, forget: addresses(state), next: 'create' };
  }
  const atVendor = new Set([found.id, ...[...found.children, ...found.strangers].map(({ id }) => id)]);
  const isThere = ({ objectId }: StateResource): boolean => objectId !== null && atVendor.has(objectId);
  const wanted: VendorObject[] = [{ address: found.address, id: found.id }, ...found.children];
  const isMisplaced = ({ address, objectId }: StateResource): boolean =>
    wanted.some((object) => object.address === address && object.id !== objectId);
  const forget = state.filter(
    (resource) =>
      !isThere(resource) ||
      isMisplaced(resource) ||
      // Imported anew, it is written in full.
      (mayHideChanges && resource.address === siteAddress),
  );
  const kept = state.filter((resource) => !forget.includes(resource));
  const keptAddresses = new Set(addresses(kept));
  // Beside one of its name that the state knows, it is somebody else's.
  const isOurs = ({ address, id }: VendorObject): boolean =>
    reportedIds.has(id) || (addressesToGo.has(address) && !keptAddresses.has(address));
  return {
    removeBelow: strangers.filter(isOurs),
    forget: addresses(forget),
    untaint: addresses(kept.filter(({ isTainted }) => isTainted)),
    import: wanted.filter(({ address }) => !keptAddresses.has(address)),
    next: 'plan',
  };
}

function deletion(
  { siteAddress, state, found }: Findings,
  isKnown: boolean,
): Partial<Repair> & Pick<Repair, 'next'> {
  const children = state.filter(({ address }) => address !== siteAddress);
  if (found === undefined) {
    // A site that was renamed is still found by its id; what hung below one that is gone cannot be deleted again.
    return state.length === 0 ? { next: 'done' } : { forget: addresses(children), next: 'destroy' };
  }
  if (isKnown) {
    if (!found.isOurs) return { next: 'destroy' };
    const atVendor = new Set([...found.children, ...found.strangers].map(({ id }) => id));
    const gone = children.filter(({ objectId }) => objectId === null || !atVendor.has(objectId));
    return { forget: addresses(gone), next: 'destroy' };
  }
  return {
    remove: found.id,
    forget: addresses(children),
    next: state.length > children.length ? 'destroy' : 'done',
  };
}
