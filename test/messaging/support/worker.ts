import {
  type DeliveryContext,
  HealthModule,
  type HealthOptions,
  type MessagingOptions,
  MessagingModule,
  OnMessage,
  type RunningService,
  startService,
  type Subscription,
  Broker,
  AmqpServer,
  Publisher,
} from '@app/runtime';
import { laneQueues, type QueueDeclaration } from '@app/contracts';
import { Controller, type DynamicModule, Injectable, Module } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { z } from 'zod';

export const WORK = 'sitewright.test.site';
export const DEAD = 'sitewright.test.site.dead';
export const queues = (): QueueDeclaration[] => laneQueues('test', 'site');
export const subscription = (slots = 1): Subscription => ({ queue: WORK, patterns: ['job.v1'], slots });

const Job = z.object({ n: z.int() });
type Job = z.infer<typeof Job>;

export type Handler = (n: number, context: DeliveryContext) => unknown;

/** What the handler of a test does, and a record of what it was given. */
@Injectable()
export class Jobs {
  handler: Handler = () => undefined;
  readonly started: number[] = [];
  readonly finished: number[] = [];
  running = 0;
  mostAtOnce = 0;

  async run({ n }: Job, context: DeliveryContext): Promise<unknown> {
    this.started.push(n);
    this.running++;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.running);
    try {
      const result = await this.handler(n, context);
      this.finished.push(n);
      return result;
    } finally {
      this.running--;
    }
  }
}

@Controller()
export class JobsConsumer {
  constructor(private readonly jobs: Jobs) {}

  @OnMessage('job.v1')
  job(@Payload({ schema: Job }) message: Job, @Ctx() context: DeliveryContext): Promise<unknown> {
    return this.jobs.run(message, context);
  }
}

@Controller()
export class SecondJobsConsumer {
  @OnMessage('job.v1')
  job(): void {
    throw new Error('nobody decides which of two handlers runs');
  }
}

@Module({})
class WorkerModule {
  static with(
    imports: DynamicModule[],
    jobs: Jobs,
    controllers: DynamicModule['controllers'],
  ): DynamicModule {
    return {
      module: WorkerModule,
      imports,
      controllers: controllers ?? [],
      providers: [{ provide: Jobs, useValue: jobs }],
    };
  }
}

export interface WorkerOptions extends Partial<MessagingOptions> {
  url: string;
  health?: Partial<HealthOptions>;
  controllers?: DynamicModule['controllers'];
}

export interface Worker extends RunningService {
  jobs: Jobs;
  broker: Broker;
  server: AmqpServer;
  publisher: Publisher;
}

/** The module of a service with one consumer, and the record of what it does. */
export function workerModule(
  { health, controllers, ...messaging }: WorkerOptions,
  jobs = new Jobs(),
): DynamicModule {
  return WorkerModule.with(
    [
      MessagingModule.forRoot({
        appId: 'worker',
        queues: queues(),
        drainGraceMs: 5_000,
        interruptLimitMs: 1_000,
        ...messaging,
      }),
      HealthModule.forRoot({ brokerAway: 'down', ...health }),
    ],
    jobs,
    controllers ?? [JobsConsumer],
  );
}

/** Lets no job end before it is told to; what is returned tells them, by number. */
export function gateJobs(worker: Worker): Map<number, () => void> {
  const gates = new Map<number, () => void>();
  worker.jobs.handler = (n) => new Promise<void>((resolve) => gates.set(n, resolve));
  return gates;
}

/**
 * The phases of all slots. The broker's own count of consumers is no measure: a cancelled consumer of a quorum
 * queue counts until its last delivery is settled.
 */
export const phases = (worker: Worker): string[] =>
  worker.server.state.flatMap(({ slots }) => slots.map(({ phase }) => phase));

/** A whole service in this process, as `main.ts` would start it. */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const jobs = new Jobs();
  const service = await startService({
    name: 'worker',
    host: '127.0.0.1',
    port: 0,
    logLevel: 'silent',
    module: workerModule(options, jobs),
  });
  const { app } = service;
  return {
    ...service,
    jobs,
    broker: app.get(Broker, { strict: false }),
    server: app.get(AmqpServer, { strict: false }),
    publisher: app.get(Publisher, { strict: false }),
  };
}
