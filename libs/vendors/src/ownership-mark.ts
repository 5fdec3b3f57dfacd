/** The mark that ends the description of every vendor object that is ours: ` [sw:<resource id>]`. */
export const ownershipMark = (resourceId: string): string => ` [sw:${resourceId}]`;

/** True when a description at the vendor carries the mark of exactly this resource. */
export const isMarkedAs = (description: string | null | undefined, resourceId: string): boolean =>
  description?.endsWith(ownershipMark(resourceId)) ?? false;

/** True when a description carries the mark of any resource of ours. */
export const isMarked = (description: string | null | undefined): boolean =>
  / \[sw:[^\]]+\]$/.test(description ?? '');
