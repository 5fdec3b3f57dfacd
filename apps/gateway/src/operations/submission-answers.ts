import { isFinal, type Operation } from '@app/contracts';
import type { SubmitResult } from '@app/ledger';
import { Injectable, Logger } from '@nestjs/common';
import { Answer } from '../http/answer.js';
import { revisionTag } from '../http/preconditions.js';
import type { Wait } from '../http/submission.decorator.js';
import { OperationWaiter } from './operation-waiter.js';

/** Turns what became of a mutation into its answer, waiting for the operation when the client prefers that. */
@Injectable()
export class SubmissionAnswers {
  private readonly logger = new Logger(SubmissionAnswers.name);

  constructor(private readonly waiter: OperationWaiter) {}

  async answer(result: SubmitResult, wait: Wait | undefined): Promise<Answer> {
    if (result.kind === 'unchanged') {
      const { site } = result;
      return new Answer(200, { ...site, changed: false }, { ETag: revisionTag(site.revision) });
    }
    const { operation, isReplay } = result;
    const { id: operationId, customer, site, action, revision } = operation;
    this.logger.log('operation accepted', { operationId, customer, site, action, revision, isReplay });
    const location = { Location: `/v1/operations/${operation.id}` };
    if (wait === undefined) return new Answer(202, operation, location);
    const latest = await this.waiter.wait(operation, wait.seconds * 1_000, wait.signal);
    return new Answer(statusFor(latest), latest, {
      ...location,
      'Preference-Applied': `wait=${wait.seconds}`,
    });
  }
}

const statusFor = ({ status, supersededBy }: Operation): number =>
  isFinal(status) && supersededBy === undefined ? 200 : 202;
