import { setTimeout as sleep } from 'node:timers/promises';
import type { CleanUp } from '../../bench/system/clean-up.js';
import { GatewayClient } from '../../sandbox/stack/gateway-client.js';
import { Stack } from '../../sandbox/stack/stack.js';
import { BrokerHand } from './broker-hand.js';
import { ForeignHosts } from './foreign-hosts.js';
import { LedgerReader } from './ledger-reader.js';
import { ServiceSlot, type ServiceApp } from './service-slot.js';
import { CLOCK_SCALE, SERVICE_ENVIRONMENT } from './settings.js';
import type { ChaosStores } from './stores.js';
import { Vendor } from './vendor.js';

export interface SystemOptions {
  stores: ChaosStores;
  terraform: { terraformBin: string; mirrorDirectory: string; lockFile: string };
  gateways: number;
  executors: number;
  programmers: number;
  cleanUp: CleanUp;
}

const NO_GATEWAY_WAIT_MS = 50;

/** Sitewright under chaos: services that may be killed at any time, and what watches them from outside. */
export class System {
  private constructor(
    readonly stores: ChaosStores,
    readonly stack: Stack,
    readonly gateways: readonly ServiceSlot[],
    readonly executors: readonly ServiceSlot[],
    readonly programmers: readonly ServiceSlot[],
    readonly ledger: LedgerReader,
    readonly broker: BrokerHand,
    readonly vendor: Vendor,
    readonly foreignHosts: ForeignHosts,
  ) {}

  static async start(options: SystemOptions): Promise<System> {
    const { stores, terraform, gateways, executors, programmers, cleanUp } = options;
    const { databaseUrl, amqpUrl, managementUrl } = stores;
    const stack = await Stack.start({
      databaseUrl,
      amqpUrl,
      ...terraform,
      clockScale: CLOCK_SCALE,
      env: SERVICE_ENVIRONMENT,
    });
    cleanUp.add(() => stack.close());
    const ledger = new LedgerReader(databaseUrl);
    cleanUp.add(() => ledger.close());
    const slots = (app: ServiceApp, count: number) =>
      Array.from({ length: count }, () => new ServiceSlot(app, () => stack.startService(app)));
    const vendor = new Vendor(stack);
    const system = new System(
      stores,
      stack,
      slots('gateway', gateways),
      slots('tf-executor', executors),
      slots('device-programmer', programmers),
      ledger,
      new BrokerHand(amqpUrl, managementUrl),
      vendor,
      new ForeignHosts(stack, vendor),
    );
    await Promise.all(system.services.map((slot) => slot.start()));
    return system;
  }

  get services(): ServiceSlot[] {
    return [...this.gateways, ...this.executors, ...this.programmers];
  }

  /** A gateway that runs, one's usual one if possible; waited for if there is none. */
  async gateway(preferred = 0): Promise<{ url: string; client: GatewayClient }> {
    for (;;) {
      const inOrder = [...this.gateways.slice(preferred), ...this.gateways.slice(0, preferred)];
      const url = inOrder.flatMap(({ current }) => current?.url ?? [])[0];
      if (url !== undefined) return { url, client: new GatewayClient(url, this.stack.adminKey) };
      await sleep(NO_GATEWAY_WAIT_MS);
    }
  }
}
