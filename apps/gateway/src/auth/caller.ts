import type { Role } from '@app/contracts';
import type { Requester } from '@app/ledger';

/** Whoever holds the API key of a request. */
export interface Caller {
  /** The key's id. */
  id: string;
  /** The key's name: what appears as `createdBy`. */
  name: string;
  role: Role;
  /** The only customer that the key may see; null: all of them. */
  customer: string | null;
}

/** The caller as the ledger writes down who asked. */
export const requesterOf = ({ id, name }: Caller): Requester => ({ apiKeyId: id, name });

/** Whether a filter names a customer that the caller may not know of: it has nothing, as far as this key can tell. */
export const isOutOfScope = (caller: Caller, customer: string | undefined): boolean =>
  caller.customer !== null && customer !== undefined && customer !== caller.customer;
