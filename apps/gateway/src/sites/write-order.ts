import type { Preconditions, SiteRequests, SubmitResult } from '@app/ledger';
import { AppError } from '@app/runtime';
import { Inject, Injectable } from '@nestjs/common';
import { assertConditions, type WriteConditions } from '../http/preconditions.js';
import { PreconditionFailed } from '../http/request-errors.js';
import type { Submission } from '../http/submission.decorator.js';
import type { SiteParams } from './site-address.js';

export const SITE_REQUESTS = Symbol('SiteRequests');

/** Lost races against other writers before a request gives up. */
const MAX_TRIES = 10;

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

/** The order of checks of a site's mutations: idempotency key, conditions, validation, and only then the write. */
@Injectable()
export class WriteOrder {
  constructor(@Inject(SITE_REQUESTS) private readonly sites: SiteRequests) {}

  /**
   * What a request with an idempotency key was answered before; undefined when it is new. With `conditions` it also
   * throws when those do not hold. To be asked only where the write itself cannot come first.
   */
  async earlier(
    { customer, site }: SiteParams,
    { requester, idempotency, conditions }: Submission,
    { withConditions = false } = {},
  ): Promise<SubmitResult | undefined> {
    const preconditions = withConditions ? simple(conditions) : {};
    const hasConditions = preconditions === undefined || Object.keys(preconditions).length > 0;
    if (idempotency === undefined && !hasConditions) return undefined;
    const request = { customer, site, requester, idempotency, preconditions: preconditions ?? {} };
    const earlier = await this.sites.check(request);
    if (earlier === undefined && preconditions === undefined) {
      assertConditions(conditions, await this.revision({ customer, site }));
    }
    return earlier;
  }

  /** Validates, and when that fails lets key and conditions have their say first. */
  async validate<Valid>(
    address: SiteParams,
    submission: Submission,
    validate: () => Valid,
  ): Promise<{ valid: Valid } | { earlier: SubmitResult }> {
    try {
      return { valid: validate() };
    } catch (fault) {
      const earlier = await this.earlier(address, submission, { withConditions: true });
      if (earlier !== undefined) return { earlier };
      throw fault;
    }
  }

  /** Writes under the client's conditions; those that the ledger cannot check become "the revision that I read". */
  async write(
    address: SiteParams,
    submission: Submission,
    write: (preconditions: Preconditions) => Promise<SubmitResult>,
  ): Promise<SubmitResult> {
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
  async untilFirst<Result>(readAndWrite: () => Promise<Result>): Promise<Result> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await readAndWrite();
      } catch (error) {
        if (!isOutrun(error) || tries >= MAX_TRIES) throw error;
      }
    }
  }

  private async revision({ customer, site }: SiteParams): Promise<number | undefined> {
    try {
      return (await this.sites.get(customer, site)).revision;
    } catch (error) {
      if (error instanceof AppError && error.code === 'NOT_FOUND') return undefined;
      throw error;
    }
  }
}
