import type { Operation, OperationRun, Page } from '@app/contracts';
import { Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Caller } from '../auth/caller.js';
import { CurrentCaller } from '../auth/current-caller.decorator.js';
import type { Answer } from '../http/answer.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { CurrentSubmission, type Submission } from '../http/submission.decorator.js';
import { OperationParams, OperationsQuery } from './operation-filter.js';
import { OperationsService } from './operations.service.js';

@ApiTags('operations')
@Controller('v1/operations')
export class OperationsController {
  constructor(private readonly operations: OperationsService) {}

  @Get()
  @Endpoint({
    summary: 'List operations, newest first',
    role: 'viewer',
    query: OperationsQuery,
    answers: { 200: { description: 'A page of operations.', schema: 'OperationPage' } },
  })
  list(
    @CurrentCaller() caller: Caller,
    @Query({ schema: OperationsQuery }) query: OperationsQuery,
  ): Promise<Page<Operation>> {
    return this.operations.list(caller, query);
  }

  @Get(':id')
  @Endpoint({
    summary: 'Read an operation',
    role: 'viewer',
    answers: { 200: { description: 'The operation as it is now.', schema: 'Operation' } },
    problems: ['NOT_FOUND'],
  })
  get(
    @CurrentCaller() caller: Caller,
    @Param({ schema: OperationParams }) { id }: OperationParams,
  ): Promise<Operation> {
    return this.operations.get(caller, id);
  }

  @Get(':id/runs')
  @Endpoint({
    summary: 'List the runs of an operation, oldest first',
    description: 'Who took it when, and how it ended each time.',
    role: 'viewer',
    answers: { 200: { description: 'All of them.', schema: 'OperationRunList' } },
    problems: ['NOT_FOUND'],
  })
  runs(
    @CurrentCaller() caller: Caller,
    @Param({ schema: OperationParams }) { id }: OperationParams,
  ): Promise<{ items: OperationRun[] }> {
    return this.operations.runs(caller, id);
  }

  @Post(String.raw`:id\:retry`)
  @Endpoint({
    summary: 'Ask again for an operation that has ended without success',
    description: 'It becomes pending, with its history; an open dead letter of it is closed as replayed.',
    role: 'operator',
    headers: ['Prefer'],
    answers: {
      200: {
        description: 'With `Prefer: wait`, the operation (or the one that superseded it), final.',
        schema: 'Operation',
        headers: ['Location', 'Preference-Applied'],
      },
      202: {
        description: 'Accepted: the operation, which runs again.',
        schema: 'Operation',
        headers: ['Location', 'Preference-Applied'],
      },
    },
    problems: ['NOT_FOUND', 'INVALID_TRANSITION', 'SUPERSEDED'],
  })
  retry(
    @CurrentCaller() caller: Caller,
    @Param({ schema: OperationParams }) { id }: OperationParams,
    @CurrentSubmission() submission: Submission,
  ): Promise<Answer> {
    return this.operations.retry(caller, id, submission);
  }
}
