import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  type FactoryProvider,
  Logger,
  Module,
  type ModuleMetadata,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { Lifecycle, LifecycleModule } from '../app/lifecycle.js';
import { AmqpServer } from './amqp-server.js';
import { Broker, type MessagingOptions } from './broker.js';
import { Publisher } from './publisher.js';

const MESSAGING_OPTIONS = Symbol('MESSAGING_OPTIONS');

export interface MessagingAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  inject?: FactoryProvider['inject'];
  useFactory: FactoryProvider<MessagingOptions>['useFactory'];
}

/**
 * The broker for a whole app: provides `Broker`, `Publisher` and `AmqpServer`. It is global, so Nest starts it
 * first and closes it last: what publishes may do so until its own `onApplicationShutdown`.
 */
@Module({})
export class MessagingModule implements OnModuleInit, BeforeApplicationShutdown, OnApplicationShutdown {
  readonly #logger = new Logger(MessagingModule.name);

  constructor(
    private readonly broker: Broker,
    private readonly lifecycle: Lifecycle,
  ) {}

  static forRoot(options: MessagingOptions): DynamicModule {
    return MessagingModule.forRootAsync({ useFactory: () => options });
  }

  static forRootAsync({ imports = [], inject = [], useFactory }: MessagingAsyncOptions): DynamicModule {
    return {
      module: MessagingModule,
      global: true,
      imports: [...imports, LifecycleModule],
      providers: [
        { provide: MESSAGING_OPTIONS, inject, useFactory },
        {
          provide: Broker,
          inject: [MESSAGING_OPTIONS],
          useFactory: (options: MessagingOptions) => new Broker(options),
        },
        { provide: Publisher, inject: [Broker], useFactory: (broker: Broker) => broker.publisher },
        { provide: AmqpServer, inject: [Broker], useFactory: (broker: Broker) => broker.server },
      ],
      exports: [Broker, Publisher, AmqpServer, LifecycleModule],
    };
  }

  async onModuleInit(): Promise<void> {
    await this.broker.start();
  }

  /** HTTP still answers now, and it must: readiness says 503 while running jobs finish. */
  async beforeApplicationShutdown(): Promise<void> {
    this.lifecycle.beginDrain();
    const report = await this.broker.drain();
    this.#logger.log('drained', { ...report });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.broker.close();
  }
}
