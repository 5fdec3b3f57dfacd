import type { INestApplication } from '@nestjs/common';
import { NestMicroservice } from '@nestjs/microservices';
import { AmqpServer } from './amqp-server.js';
import { messageValidation } from './message-validation.js';
import { RethrowFilter } from './rethrow.filter.js';

/**
 * Makes the app's message handlers consume, once `app.startAllMicroservices()` is called; after `app.init()`.
 * Without subscriptions it does nothing.
 */
export function connectConsumers(app: INestApplication): void {
  const server = app.get(AmqpServer, { strict: false });
  if (server.subscriptions.length === 0) return;
  // Deferred, because pipes and filters are bound when the handlers are registered. They are the transport's
  // own: the HTTP side of the app has others.
  const consumers = app.connectMicroservice({ strategy: server }, { deferInitialization: true });
  consumers.useGlobalPipes(messageValidation());
  consumers.useGlobalFilters(new RethrowFilter());
  // The app runs the hooks of the shared container; the transport must not run them a second time.
  if (consumers instanceof NestMicroservice) consumers.setIsInitHookCalled(true);
}
