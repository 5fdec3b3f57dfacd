import type { FieldError } from '@app/contracts';
import { AppError } from '@app/runtime';

/** There is no such thing, or it belongs to another customer. */
export class NotFound extends AppError {
  readonly code = 'NOT_FOUND';
  constructor(kind: string, name: string) {
    super(`there is no ${kind} ${name}`, { details: { kind, name } });
  }
}

/** The site is being deleted; nothing else can be asked of it. */
export class SiteDeleting extends AppError {
  readonly code = 'SITE_DELETING';
  constructor(site: string, operationId: string) {
    super(`site ${site} is being deleted`, { details: { operationId } });
  }
}

/** It cannot be deleted while it has resources. */
export class HasResources extends AppError {
  readonly code = 'HAS_RESOURCES';
  constructor(kind: string, name: string) {
    super(`${kind} ${name} still has resources`, { details: { kind, name } });
  }
}

/** The customer has no account at that vendor yet. */
export class VendorAccountMissing extends AppError {
  readonly code = 'VENDOR_ACCOUNT_MISSING';
  constructor(customer: string, vendor: string) {
    super(`customer ${customer} has no account at ${vendor}`, {
      details: { errors: [{ path: 'vendor', message: `the customer has no account at ${vendor}` }] },
    });
  }
}

/** `If-Match` or `If-None-Match` does not hold. */
export class PreconditionFailed extends AppError {
  readonly code = 'PRECONDITION_FAILED';
  /** @param revision the revision that there is; null when there is none */
  constructor(revision: number | null) {
    super(revision === null ? 'it does not exist' : `its revision is ${revision}`, { details: { revision } });
  }
}

/** The idempotency key stands for another request. */
export class IdempotencyKeyReused extends AppError {
  readonly code = 'IDEMPOTENCY_KEY_REUSED';
  constructor() {
    super('this idempotency key was used for another request');
  }
}

/** A request with this idempotency key is being handled at this moment. */
export class IdempotencyKeyInUse extends AppError {
  readonly code = 'IDEMPOTENCY_KEY_IN_USE';
  constructor() {
    super('a request with this idempotency key is being handled; ask again', { retryable: true });
  }
}

/** A spec that its schema allows and the site as it stands does not. */
export class SpecRefused extends AppError {
  readonly code: 'VALIDATION_FAILED' | 'NOT_YET_SUPPORTED';
  constructor(code: SpecRefused['code'], errors: FieldError[]) {
    super(errors.map(({ path, message }) => `${path}: ${message}`).join('; '), { details: { errors } });
    this.code = code;
  }
}

/** The claim is no longer this worker's: another one has taken over, or the operation has ended. */
export class LeaseLost extends AppError {
  readonly code = 'LEASE_LOST';
  constructor(operationId: string) {
    super('the lease was lost', { details: { operationId } });
  }
}

/** A dead letter that cannot be replayed: it was discarded, or is a message that belongs to no operation. */
export class NotReplayable extends AppError {
  readonly code = 'INVALID_TRANSITION';
  constructor(deadLetterId: string, why: string) {
    super(`dead letter ${deadLetterId} cannot be replayed: ${why}`, { details: { deadLetterId } });
  }
}

/** A later request for the same resource has taken the operation's place. */
export class Superseded extends AppError {
  readonly code = 'SUPERSEDED';
  constructor(operationId: string) {
    super('a later request took its place', { details: { operationId } });
  }
}

/** A plan that must not be applied: it was before, it is not this resource's, or the state has moved on since. */
export class PlanNotApplicable extends AppError {
  readonly code = 'PLAN_STALE';
  constructor(operationId: string) {
    super('the plan was made for another state, or has been applied', {
      details: { operationId },
      retryable: true,
    });
  }
}

/** The site is not at the vendor, and nothing is under way to bring it there: its devices have no place. */
export class SiteNotReady extends AppError {
  readonly code = 'SITE_NOT_READY';
  constructor(site: string) {
    super(`site ${site} is not ready`, { details: { site }, retryable: true });
  }
}

/** The delivery of an operation that was given up already; it belongs into the dead-letter queue. */
export class AlreadyDeadLettered extends AppError {
  readonly code = 'INVALID_TRANSITION';
  constructor(operationId: string) {
    super('the operation was given up before', { details: { operationId } });
  }
}
