import type { Operation, Page } from '@app/contracts';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Caller } from '../auth/caller.js';
import { CurrentCaller } from '../auth/current-caller.decorator.js';
import { Endpoint } from '../http/endpoint.decorator.js';
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
}
