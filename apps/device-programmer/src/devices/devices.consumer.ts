import { DEVICES_CONVERGE, OperationReleased } from '@app/contracts';
import { DeadLetterDeliveriesRepository, unlessReplayed } from '@app/ledger';
import { DeliveryContext } from '@app/runtime';
import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { DeviceRoundsService } from './device-rounds.service.js';

/** Takes released device operations, single ones and batches, from the vendors' queues. */
@Controller()
export class DevicesConsumer {
  constructor(
    private readonly rounds: DeviceRoundsService,
    private readonly deadLetters: DeadLetterDeliveriesRepository,
  ) {}

  @EventPattern<typeof DEVICES_CONVERGE>(DEVICES_CONVERGE)
  converge(
    @Payload({ schema: OperationReleased }) message: OperationReleased,
    @Ctx() context: DeliveryContext,
  ): Promise<void> {
    return unlessReplayed(this.deadLetters, message, context, () =>
      this.rounds.converge(message, context.signal),
    );
  }
}
