import { DeadLetterReplay, type DeadLetter, type DeadLetterReplayReport, type Page } from '@app/contracts';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Caller } from '../auth/caller.js';
import { CurrentCaller } from '../auth/current-caller.decorator.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { DeadLetterParams, DeadLettersQuery, DiscardQuery } from './dead-letter-requests.js';
import { DeadLettersService } from './dead-letters.service.js';

/** A colon of its own, not the beginning of a parameter, is escaped in a path. */
@ApiTags('dead letters')
@Controller('v1')
export class DeadLettersController {
  constructor(private readonly deadLetters: DeadLettersService) {}

  @Get('dead-letters')
  @Endpoint({
    summary: 'List dead letters, newest first',
    description:
      'Work that was given up: a passing failure that did not pass, an error of ours, a message that nobody can read. ' +
      'Only keys for all customers see messages that belong to no operation.',
    role: 'viewer',
    query: DeadLettersQuery,
    answers: { 200: { description: 'A page of dead letters.', schema: 'DeadLetterPage' } },
  })
  list(
    @CurrentCaller() caller: Caller,
    @Query({ schema: DeadLettersQuery }) query: DeadLettersQuery,
  ): Promise<Page<DeadLetter>> {
    return this.deadLetters.list(caller, query);
  }

  @Get('dead-letters/:id')
  @Endpoint({
    summary: 'Read a dead letter',
    role: 'viewer',
    answers: { 200: { description: 'The dead letter as it is now.', schema: 'DeadLetter' } },
    problems: ['NOT_FOUND'],
  })
  get(
    @CurrentCaller() caller: Caller,
    @Param({ schema: DeadLetterParams }) { id }: DeadLetterParams,
  ): Promise<DeadLetter> {
    return this.deadLetters.get(caller, id);
  }

  @Post(String.raw`dead-letters/:id\:replay`)
  @HttpCode(200)
  @Endpoint({
    summary: 'Replay a dead letter',
    description:
      'Its operation runs again, with its history and idempotency; `links.operation` tells where. One that was ' +
      'replayed or superseded before is answered as it is, and nothing runs.',
    role: 'operator',
    answers: { 200: { description: 'The dead letter, closed.', schema: 'DeadLetter' } },
    problems: ['NOT_FOUND', 'INVALID_TRANSITION'],
  })
  replay(
    @CurrentCaller() caller: Caller,
    @Param({ schema: DeadLetterParams }) { id }: DeadLetterParams,
  ): Promise<DeadLetter> {
    return this.deadLetters.replay(caller, id);
  }

  @Post(String.raw`dead-letters\:replay`)
  @HttpCode(200)
  @Endpoint({
    summary: 'Replay all open dead letters that a filter fits',
    description:
      'An empty filter fits all of them. With `dryRun` it only counts; with `ratePerMinute` the operations are released ' +
      'one after the other at that rate.',
    role: 'operator',
    body: 'DeadLetterReplay',
    answers: { 200: { description: 'What became of them.', schema: 'DeadLetterReplayReport' } },
  })
  replayAll(
    @CurrentCaller() caller: Caller,
    @Body({ schema: DeadLetterReplay }) replay: DeadLetterReplay,
  ): Promise<DeadLetterReplayReport> {
    return this.deadLetters.replayAll(caller, replay);
  }

  @Delete('dead-letters/:id')
  @HttpCode(204)
  @Endpoint({
    summary: 'Discard a dead letter',
    description: 'Closes it for good; its operation stays as it ended.',
    role: 'operator',
    query: DiscardQuery,
    answers: { 204: { description: 'Closed, or it was before.' } },
    problems: ['NOT_FOUND'],
  })
  discard(
    @CurrentCaller() caller: Caller,
    @Param({ schema: DeadLetterParams }) { id }: DeadLetterParams,
    @Query({ schema: DiscardQuery }) { reason }: DiscardQuery,
  ): Promise<void> {
    return this.deadLetters.discard(caller, id, reason);
  }
}
