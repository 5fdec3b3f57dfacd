import { isFinal, type Operation } from '@app/contracts';
import type { DeviceSubmitResult, OperationQueries, SubmitResult } from '@app/ledger';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { Answer } from '../http/answer.js';
import { revisionTag } from '../http/preconditions.js';
import type { Wait } from '../http/submission.decorator.js';
import { OperationWaiter } from './operation-waiter.js';
import { OPERATION_QUERIES } from './operation-ports.js';

/** Turns what became of a mutation into its answer, waiting for the operation when the client prefers that. */
@Injectable()
export class SubmissionAnswers {
  private readonly logger = new Logger(SubmissionAnswers.name);

  constructor(
    private readonly waiter: OperationWaiter,
    @Inject(OPERATION_QUERIES) private readonly operations: Pick<OperationQueries, 'get'>,
  ) {}

  async answer(result: SubmitResult | DeviceSubmitResult, wait: Wait | undefined): Promise<Answer> {
    if (result.kind === 'unchanged') {
      const target = 'site' in result ? result.site : result.device;
      return new Answer(200, { ...target, changed: false }, { ETag: revisionTag(target.revision) });
    }
    const { operation, isReplay } = result;
    const { id: operationId, customer, site, action, revision } = operation;
    this.logger.log('operation accepted', { operationId, customer, site, action, revision, isReplay });
    const location = { Location: `/v1/operations/${operation.id}` };
    if (wait === undefined) return new Answer(202, operation, location);
    const latest = await this.waiter.wait(operation, wait.seconds * 1_000, wait.signal);
    return new Answer(statusFor(latest), await this.whole(latest), {
      ...location,
      'Preference-Applied': `wait=${wait.seconds}`,
    });
  }

  /** What has ended tells what became of each device, as when it is read; the waiter looks at no such things. */
  private async whole(operation: Operation): Promise<Operation> {
    if (operation.progress === undefined || !isFinal(operation.status)) return operation;
    return this.operations.get(operation.id, undefined);
  }
}

const statusFor = ({ status, supersededBy }: Operation): number =>
  isFinal(status) && supersededBy === undefined ? 200 : 202;
