import { Controller, Get, Module, type OnModuleInit, Res } from '@nestjs/common';
import { Public } from '../app/public.js';
import { collectProcessMetrics, metricsRegistry } from './registry.js';

interface TextResponse {
  type(contentType: string): unknown;
}

@Controller('metrics')
@Public()
export class MetricsController {
  @Get()
  print(@Res({ passthrough: true }) response: TextResponse): Promise<string> {
    response.type(metricsRegistry.contentType);
    return metricsRegistry.metrics();
  }
}

/** `GET /metrics` in the format of Prometheus. */
@Module({ controllers: [MetricsController] })
export class MetricsModule implements OnModuleInit {
  onModuleInit(): void {
    collectProcessMetrics();
  }
}
