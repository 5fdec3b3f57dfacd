import { OperationReleased, SITE_CONVERGE } from '@app/contracts';
import { DeadLetterDeliveriesRepository, unlessReplayed } from '@app/ledger';
import { DeliveryContext } from '@app/runtime';
import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { DirectSitesService } from './direct-sites.service.js';

/** Takes released site operations from the queues of vendors without Terraform. */
@Controller()
export class DirectSitesConsumer {
  constructor(
    private readonly sites: DirectSitesService,
    private readonly deadLetters: DeadLetterDeliveriesRepository,
  ) {}

  @EventPattern<typeof SITE_CONVERGE>(SITE_CONVERGE)
  converge(
    @Payload({ schema: OperationReleased }) message: OperationReleased,
    @Ctx() context: DeliveryContext,
  ): Promise<void> {
    return unlessReplayed(this.deadLetters, message, context, () =>
      this.sites.converge(message, context.signal),
    );
  }
}
