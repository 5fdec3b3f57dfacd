import type { IdempotencyInput, Preconditions, Requester } from '@app/ledger';
import { AppError } from '@app/runtime';
import { assertConditions, type WriteConditions } from '../http/preconditions.js';
import { PreconditionFailed } from '../http/request-errors.js';
import type { Submission } from '../http/submission.decorator.js';

/** Lost races against other writers before a request gives up. */
const MAX_TRIES = 10;

/** What a request brings along besides its body. */
export interface CheckedRequest {
  requester: Requester;
  idempotency: IdempotencyInput | undefined;
  preconditions: Preconditions;
}

/** The ledger's own form of the conditions, where it has one: it checks them in the transaction that writes. */
function simple({ ifMatch, mustNotExist }: WriteConditions): Preconditions | undefined {
  if (ifMatch === undefined) return mustNotExist ? { mustNotExist } : {};
  const [ifRevision, ...others] = ifMatch === 'any' ? [] : ifMatch;
  if (ifRevision === undefined || others.length > 0) return undefined;
  return mustNotExist ? { ifRevision, mustNotExist } : { ifRevision };
}

/** Somebody else wrote between our read and our write; our own look at the client's conditions is no race. */
const isOutrun = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'PRECONDITION_FAILED' && !(error instanceof PreconditionFailed);

/** The order of checks of mutations: idempotency key, conditions, validation, and only then the write. */
export abstract class WriteOrder<Address, Result> {
  /** What the request's key stood for before, once its preconditions hold. */
  protected abstract check(address: Address, request: CheckedRequest): Promise<Result | undefined>;

  /** The revision of what is to be written. @throws AppError NOT_FOUND */
  protected abstract read(address: Address): Promise<number>;

  /**
   * What a request with an idempotency key was answered before; undefined when it is new. With `conditions` it also
   * throws when those do not hold. To be asked only where the write itself cannot come first.
   */
  async earlier(
    address: Address,
    { requester, idempotency, conditions }: Submission,
    { withConditions = false } = {},
  ): Promise<Result | undefined> {
    const preconditions = withConditions ? simple(conditions) : {};
    const hasConditions = preconditions === undefined || Object.keys(preconditions).length > 0;
    if (idempotency === undefined && !hasConditions) return undefined;
    const earlier = await this.check(address, {
      requester,
      idempotency,
      preconditions: preconditions ?? {},
    });
    if (earlier === undefined && preconditions === undefined) {
      assertConditions(conditions, await this.revision(address));
    }
    return earlier;
  }

  /** Validates, and when that fails lets key and conditions have their say first. */
  async validate<Valid>(
    address: Address,
    submission: Submission,
    validate: () => Valid | Promise<Valid>,
  ): Promise<{ valid: Valid } | { earlier: Result }> {
    try {
      return { valid: await validate() };
    } catch (fault) {
      const earlier = await this.earlier(address, submission, { withConditions: true });
      if (earlier !== undefined) return { earlier };
      throw fault;
    }
  }

  /** Writes under the client's conditions; those that the ledger cannot check become "the revision that I read". */
  async write(
    address: Address,
    submission: Submission,
    write: (preconditions: Preconditions) => Promise<Result>,
  ): Promise<Result> {
    const preconditions = simple(submission.conditions);
    if (preconditions !== undefined) return write(preconditions);
    const earlier = await this.earlier(address, submission);
    if (earlier !== undefined) return earlier;
    return this.untilFirst(async () => {
      const revision = await this.revision(address);
      assertConditions(submission.conditions, revision);
      return write(revision === undefined ? { mustNotExist: true } : { ifRevision: revision });
    });
  }

  /** Repeats a read and a write of what was read while others write in between. */
  async untilFirst<Done>(readAndWrite: () => Promise<Done>): Promise<Done> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await readAndWrite();
      } catch (error) {
        if (!isOutrun(error) || tries >= MAX_TRIES) throw error;
      }
    }
  }

  private async revision(address: Address): Promise<number | undefined> {
    try {
      return await this.read(address);
    } catch (error) {
      if (error instanceof AppError && error.code === 'NOT_FOUND') return undefined;
      throw error;
    }
  }
}
