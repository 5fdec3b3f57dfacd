import type { ResourceFound, Snapshot } from '../snapshot.js';
import type { VendorAccount } from '../system/vendor.js';

export type VendorSite = VendorAccount['objects']['sites'][number];

const MARK = /\[sw:([0-9a-f-]{36})\]$/;

/** The resource that a site at the vendor says it is of. */
export const ownerOf = ({ description }: Pick<VendorSite, 'description'>): string | undefined =>
  MARK.exec(description ?? '')?.[1];

export const accountOf = (
  { vendor }: Pick<Snapshot, 'vendor'>,
  resource: Pick<ResourceFound, 'account'>,
): VendorAccount | undefined => vendor.find(({ account }) => account === resource.account);

/** What the vendor has of a resource: one site at most, if all is well. */
export const sitesOf = (
  snapshot: Pick<Snapshot, 'vendor'>,
  resource: Pick<ResourceFound, 'id' | 'account'>,
): VendorSite[] =>
  (accountOf(snapshot, resource)?.objects.sites ?? []).filter((site) => ownerOf(site) === resource.id);
