import type { Worker } from '@app/contracts';
import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../http/endpoint.decorator.js';
import { WorkersService } from './workers.service.js';

@ApiTags('workers')
@Controller('v1/workers')
export class WorkersController {
  constructor(private readonly workers: WorkersService) {}

  @Get()
  @Endpoint({
    summary: 'List the workers that were seen lately, the dead ones included',
    role: 'viewer',
    isForAllCustomers: true,
    answers: { 200: { description: 'All of them.', schema: 'WorkerList' } },
  })
  list(): Promise<{ items: Worker[] }> {
    return this.workers.list();
  }
}
