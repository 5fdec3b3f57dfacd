import { Controller, Get, Header, HttpStatus, Res } from '@nestjs/common';
import { Public } from '../app/public.js';
import { type HealthAnswer, HealthService } from './health.service.js';

interface StatusResponse {
  status(code: number): unknown;
}

@Controller('health')
@Public()
export class HealthController {
  constructor(private readonly health: HealthService) {}

  @Get('live')
  @Header('Cache-Control', 'no-store')
  live(@Res({ passthrough: true }) response: StatusResponse): Promise<unknown> {
    return answer(response, this.health.live());
  }

  @Get('ready')
  @Header('Cache-Control', 'no-store')
  ready(@Res({ passthrough: true }) response: StatusResponse): Promise<unknown> {
    return answer(response, this.health.ready());
  }

  @Get('startup')
  @Header('Cache-Control', 'no-store')
  startup(@Res({ passthrough: true }) response: StatusResponse): Promise<unknown> {
    return answer(response, this.health.started());
  }

  @Get('broker')
  @Header('Cache-Control', 'no-store')
  broker(): Promise<unknown> {
    return this.health.brokerDetail();
  }
}

async function answer(
  response: StatusResponse,
  pending: HealthAnswer | Promise<HealthAnswer>,
): Promise<unknown> {
  const { isUp, body } = await pending;
  response.status(isUp ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE);
  return body;
}
