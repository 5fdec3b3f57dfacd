import type { Role } from '@app/contracts';

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
