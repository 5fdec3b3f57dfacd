import { PageQuery, type Device, type Page } from '@app/contracts';
import { Body, Controller, Delete, Get, Param, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Answer } from '../http/answer.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { revisionTag } from '../http/preconditions.js';
import { CurrentSubmission, type Submission } from '../http/submission.decorator.js';
import { batchAnswers, deviceAnswers, deviceProblems } from '../openapi/mutation.js';
import { SiteParams } from '../sites/site-address.js';
import { DeviceParams } from './device-address.js';
import { MAX_BATCH_BYTES } from './device-batch.js';
import { DevicesService } from './devices.service.js';

/** A colon of its own, not the beginning of a parameter, is escaped in a path. */
@ApiTags('devices')
@Controller('v1/customers/:customer/sites/:site')
export class DevicesController {
  constructor(private readonly devices: DevicesService) {}

  @Get('devices')
  @Endpoint({
    summary: 'List the devices of a site, by name',
    role: 'viewer',
    query: PageQuery,
    answers: { 200: { description: 'A page of devices.', schema: 'DevicePage' } },
    problems: ['NOT_FOUND'],
  })
  list(
    @Param({ schema: SiteParams }) address: SiteParams,
    @Query({ schema: PageQuery }) page: PageQuery,
  ): Promise<Page<Device>> {
    return this.devices.list(address, page);
  }

  @Get('devices/:device')
  @Endpoint({
    summary: 'Read a device',
    role: 'viewer',
    answers: { 200: { description: 'The device.', schema: 'Device', headers: ['ETag'] } },
    problems: ['NOT_FOUND'],
  })
  async get(@Param({ schema: DeviceParams }) address: DeviceParams): Promise<Answer> {
    const device = await this.devices.get(address);
    return new Answer(200, device, { ETag: revisionTag(device.revision) });
  }

  @Put('devices/:device')
  @Endpoint({
    summary: 'Create a device, or replace what is wanted of it',
    description:
      'Devices wait for their site by themselves. Asking for what is there already changes nothing and answers 200 ' +
      'with `changed: false`. A removal that has not been done yet is taken back.',
    role: 'operator',
    headers: ['Idempotency-Key', 'Prefer', 'If-Match', 'If-None-Match'],
    body: 'DeviceSpec',
    answers: deviceAnswers,
    problems: [...deviceProblems, 'PRECONDITION_FAILED'],
  })
  put(
    @Param({ schema: DeviceParams }) address: DeviceParams,
    @Body() body: unknown,
    @CurrentSubmission() submission: Submission,
  ): Promise<Answer> {
    return this.devices.put(address, body, submission);
  }

  @Delete('devices/:device')
  @Endpoint({
    summary: 'Delete a device',
    description: 'While it is being deleted, answers with the operation that deletes it.',
    role: 'operator',
    headers: ['Idempotency-Key', 'Prefer', 'If-Match'],
    answers: batchAnswers,
    problems: [...deviceProblems, 'PRECONDITION_FAILED'],
  })
  delete(
    @Param({ schema: DeviceParams }) address: DeviceParams,
    @CurrentSubmission() submission: Submission,
  ): Promise<Answer> {
    return this.devices.delete(address, submission);
  }

  @Post(String.raw`devices\:batch`)
  @Endpoint({
    summary: 'Put and delete up to 1,000 devices of a site as one operation',
    description:
      'All or nothing is accepted; what is accepted is done as far as the vendor takes it: the operation tells what ' +
      'became of each device, and a retry of it takes only those that failed. Deleting what is not there is done already.',
    role: 'operator',
    headers: ['Idempotency-Key', 'Prefer'],
    body: 'DeviceBatch',
    maxBodyBytes: MAX_BATCH_BYTES,
    answers: batchAnswers,
    problems: deviceProblems,
  })
  batch(
    @Param({ schema: SiteParams }) address: SiteParams,
    @Body() body: unknown,
    @CurrentSubmission() submission: Submission,
  ): Promise<Answer> {
    return this.devices.batch(address, body, submission);
  }
}
