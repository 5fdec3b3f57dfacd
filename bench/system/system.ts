import { createDataSource, Database } from '@app/ledger';
import type { ChildService } from '../../sandbox/stack/child-service.js';
import type { GatewayClient } from '../../sandbox/stack/gateway-client.js';
import { Stack } from '../../sandbox/stack/stack.js';
import { inParallel } from '../workload/in-parallel.js';
import type { CleanUp } from './clean-up.js';
import type { Foundations } from './foundations.js';

export interface SystemOptions {
  executors: number;
  slots: number;
  hasWarmProviders: boolean;
  nodeOptions: string;
}

/** Sitewright as it is deployed: a gateway and executors as processes of their own. */
export class System {
  private constructor(
    readonly stack: Stack,
    readonly gateway: ChildService,
    readonly client: GatewayClient,
    readonly executors: ChildService[],
    /** To ask how operations have ended, without a request that the gateway would have to answer. */
    readonly database: Database,
  ) {}

  static async start(
    foundations: Foundations,
    { executors, slots, hasWarmProviders, nodeOptions }: SystemOptions,
    cleanUp: CleanUp,
  ): Promise<System> {
    const stack = await Stack.start({
      ...foundations,
      env: { NODE_OPTIONS: nodeOptions, LOG_LEVEL: 'warn' },
    });
    cleanUp.add(() => stack.close());
    const database = new Database(createDataSource(foundations.databaseUrl, 2));
    cleanUp.add(() => database.close());
    const { service, client } = await stack.startGateway();
    const env = { CONSUMER_SLOTS: String(slots), WARM_PROVIDERS: hasWarmProviders ? '1' : '0' };
    const started = await Promise.all(Array.from({ length: executors }, () => stack.startExecutor(env)));
    return new System(stack, service, client, started, database);
  }

  async addCustomers(accounts: readonly string[]): Promise<void> {
    await inParallel(accounts, 8, (name) =>
      this.client.addCustomer(name, { accountId: name, token: `token-${name}` }),
    );
  }

  async stopExecutors(): Promise<void> {
    await Promise.all(this.executors.splice(0).map((executor) => executor.stop()));
  }
}
