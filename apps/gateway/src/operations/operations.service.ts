import type { Operation, OperationRun, Page } from '@app/contracts';
import type { OperationCommands, OperationQueries } from '@app/ledger';
import { Inject, Injectable } from '@nestjs/common';
import { isOutOfScope, type Caller } from '../auth/caller.js';
import type { Answer } from '../http/answer.js';
import type { Submission } from '../http/submission.decorator.js';
import type { OperationsQuery } from './operation-filter.js';
import { OPERATION_COMMANDS, OPERATION_QUERIES } from './operation-ports.js';
import { SubmissionAnswers } from './submission-answers.js';

/** Operations as far as the caller may see them. */
@Injectable()
export class OperationsService {
  constructor(
    @Inject(OPERATION_QUERIES) private readonly operations: Pick<OperationQueries, 'get' | 'list' | 'runs'>,
    @Inject(OPERATION_COMMANDS) private readonly commands: OperationCommands,
    private readonly answers: SubmissionAnswers,
  ) {}

  get(caller: Caller, id: string): Promise<Operation> {
    return this.operations.get(id, caller.customer ?? undefined);
  }

  async list(caller: Caller, query: OperationsQuery): Promise<Page<Operation>> {
    const { limit, cursor, since, ...filter } = query;
    if (isOutOfScope(caller, filter.customer)) return { items: [], nextCursor: null };
    return this.operations.list(
      {
        ...filter,
        customer: filter.customer ?? caller.customer ?? undefined,
        since: since === undefined ? undefined : new Date(since),
      },
      { limit, cursor },
    );
  }

  async runs(caller: Caller, id: string): Promise<{ items: OperationRun[] }> {
    return { items: await this.operations.runs(id, caller.customer ?? undefined) };
  }

  async retry(caller: Caller, id: string, { requester, wait }: Submission): Promise<Answer> {
    const operation = await this.commands.retry(id, requester, caller.customer ?? undefined);
    return this.answers.answer({ kind: 'accepted', operation, isReplay: false }, wait);
  }
}
