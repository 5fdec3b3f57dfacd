import { OperationReleased, SITE_CONVERGE } from '@app/contracts';
import { DeadLetterDeliveriesRepository, unlessReplayed } from '@app/ledger';
import { DeliveryContext } from '@app/runtime';
import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { SiteRunsService } from './site-runs.service.js';

/** Takes released site operations from the vendors' queues. */
@Controller()
export class SitesConsumer {
  constructor(
    private readonly runs: SiteRunsService,
    private readonly deadLetters: DeadLetterDeliveriesRepository,
  ) {}

  @EventPattern<typeof SITE_CONVERGE>(SITE_CONVERGE)
  converge(
    @Payload({ schema: OperationReleased }) message: OperationReleased,
    @Ctx() context: DeliveryContext,
  ): Promise<void> {
    return unlessReplayed(this.deadLetters, message, context, () =>
      this.runs.converge(message, context.signal),
    );
  }
}
