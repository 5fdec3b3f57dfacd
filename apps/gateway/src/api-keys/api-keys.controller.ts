import { ApiKeySpec, PageQuery, type ApiKey, type Page } from '@app/contracts';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import type { Caller } from '../auth/caller.js';
import { CurrentCaller } from '../auth/current-caller.decorator.js';
import type { Answer } from '../http/answer.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { ApiKeysService } from './api-keys.service.js';

const ApiKeyParams = z.object({ id: z.uuid() });
type ApiKeyParams = z.infer<typeof ApiKeyParams>;

@ApiTags('API keys')
@Controller('v1/api-keys')
export class ApiKeysController {
  constructor(private readonly keys: ApiKeysService) {}

  @Post()
  @Endpoint({
    summary: 'Make an API key',
    description:
      'The answer shows the key, once. A key scoped to one customer makes keys of that customer only.',
    role: 'admin',
    body: 'ApiKeySpec',
    answers: { 201: { description: 'The new key.', schema: 'CreatedApiKey' } },
    problems: ['NOT_FOUND'],
  })
  create(@CurrentCaller() caller: Caller, @Body({ schema: ApiKeySpec }) spec: ApiKeySpec): Promise<Answer> {
    return this.keys.create(caller, spec);
  }

  @Get()
  @Endpoint({
    summary: 'List API keys',
    role: 'admin',
    query: PageQuery,
    answers: { 200: { description: 'A page of keys, without the keys themselves.', schema: 'ApiKeyPage' } },
  })
  list(
    @CurrentCaller() caller: Caller,
    @Query({ schema: PageQuery }) page: PageQuery,
  ): Promise<Page<ApiKey>> {
    return this.keys.list(caller, page);
  }

  @Delete(':id')
  @HttpCode(204)
  @Endpoint({
    summary: 'Revoke an API key',
    description: 'It is refused everywhere within five seconds.',
    role: 'admin',
    answers: { 204: { description: 'Revoked.' } },
    problems: ['NOT_FOUND'],
  })
  revoke(
    @CurrentCaller() caller: Caller,
    @Param({ schema: ApiKeyParams }) { id }: ApiKeyParams,
  ): Promise<void> {
    return this.keys.revoke(caller, id);
  }
}
