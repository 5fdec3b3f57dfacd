import { type DynamicModule, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { LifecycleModule } from '../app/lifecycle.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { HealthController } from './health.controller.js';
import { HEALTH_OPTIONS, type HealthAsyncOptions, type HealthOptions } from './health.options.js';
import { HealthService } from './health.service.js';

/** `/health/live`, `/health/ready`, `/health/startup`, `/health/broker` and `/metrics`; needs the MessagingModule. */
@Module({})
export class HealthModule {
  static forRoot(options: HealthOptions): DynamicModule {
    return HealthModule.forRootAsync({ useFactory: () => options });
  }

  static forRootAsync({ imports = [], inject = [], useFactory }: HealthAsyncOptions): DynamicModule {
    return {
      module: HealthModule,
      imports: [...imports, LifecycleModule, MetricsModule, TerminusModule.forRoot({ logger: false })],
      controllers: [HealthController],
      providers: [{ provide: HEALTH_OPTIONS, inject, useFactory }, HealthService],
    };
  }
}
