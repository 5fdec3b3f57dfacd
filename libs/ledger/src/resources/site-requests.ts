import type { FieldError, Operation, OperationRun, Page, Site } from '@app/contracts';

/** One write-only field of a spec, as the request gave it. */
export interface SecretInput {
  key: string;
  path: string;
  isRequired: boolean;
  value: string | undefined;
}

/** Who asks: the API key, and the name that goes into `createdBy`. */
export interface Requester {
  apiKeyId: string;
  name: string;
}

export interface IdempotencyInput {
  key: string;
  /** SHA-256 of method, path and body. It covers secrets: the ledger stores a keyed hash of it. */
  requestHash: Buffer;
}

export interface Preconditions {
  /** `If-Match: "<revision>"`. */
  ifRevision?: number;
  /** `If-None-Match: *`. */
  mustNotExist?: boolean;
}

export interface PutSite {
  customer: string;
  site: string;
  vendor: string;
  /** The spec with every secret as null. */
  visible: Record<string, unknown>;
  secrets: SecretInput[];
  requester: Requester;
  idempotency?: IdempotencyInput | undefined;
  preconditions: Preconditions;
  /** The vendor's veto on a change of what is applied, or was last tried at the vendor. */
  unsupportedChange(before: Record<string, unknown>): FieldError | undefined;
}

export interface DeleteSite {
  customer: string;
  site: string;
  requester: Requester;
  idempotency?: IdempotencyInput | undefined;
  preconditions: Preconditions;
}

/** What became of a request. `isReplay`: the idempotency key had been used for the same request before. */
export type SubmitResult =
  { kind: 'accepted'; operation: Operation; isReplay: boolean } | { kind: 'unchanged'; site: Site };

export interface OperationFilter {
  customer?: string | undefined;
  site?: string | undefined;
  status?: string | undefined;
  action?: string | undefined;
  vendor?: string | undefined;
  since?: Date | undefined;
}

/**
 * What the gateway does with sites. Throws the ledger's named errors: CustomerUnknown, SiteUnknown, SiteDeleting,
 * VendorAccountMissing, PreconditionFailed, IdempotencyKeyReused, IdempotencyKeyInUse, SpecRefused (with field errors).
 */
export interface SiteRequests {
  put(request: PutSite): Promise<SubmitResult>;
  delete(request: DeleteSite): Promise<SubmitResult>;
  /**
   * Idempotency key and preconditions alone, for a request that has yet to be validated: answers what the key stood
   * for before, or undefined. Needed only when the request carries one of those headers.
   */
  check(request: DeleteSite): Promise<SubmitResult | undefined>;
  get(customer: string, site: string): Promise<Site>;
  list(customer: string, page: { limit: number; cursor?: string | undefined }): Promise<Page<Site>>;
}

export interface OperationQueries {
  /** @param customer the key's scope; undefined for a key of all customers */
  get(id: string, customer: string | undefined): Promise<Operation>;
  list(
    filter: OperationFilter,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<Page<Operation>>;
  /** Several at once, without following; ids that are not there are absent. */
  getAll(ids: readonly string[], customer: string | undefined): Promise<Map<string, Operation>>;
  /** Follows `supersededBy` to the last successor. */
  follow(id: string, customer: string | undefined): Promise<Operation>;
  /** Its runs so far, oldest first. @throws NotFound */
  runs(id: string, customer: string | undefined): Promise<OperationRun[]>;
}

export interface OperationCommands {
  /**
   * Asks again for an operation that has ended without success.
   * @throws NotFound
   * @throws IllegalTransition when it has not ended, or has succeeded
   * @throws Superseded when a later request has taken its place
   */
  retry(id: string, requester: Requester, customer: string | undefined): Promise<Operation>;
}
