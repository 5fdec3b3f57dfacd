import { randomBytes } from 'node:crypto';
import {
  ApiKeysRepository,
  createDataSource,
  Database,
  DeviceRequestsRepository,
  DeviceWorkRepository,
  DueReleases,
  OperationsRepository,
  Outbox,
  Sealer,
  type DeviceClaim,
} from '@app/ledger';
import { z } from 'zod';
import { median } from '../measure/statistics.js';
import type { CleanUp } from '../system/clean-up.js';
import { createOwnDatabase } from '../system/stores.js';
import { customerName, deviceName, seedScale, SITE } from './seed.js';

const DEVICES = 100;
const SMALL_CUSTOMERS = 10;
const WARM_UP = 50;

export interface ScaleOptions {
  /** Customers of the large ledger; the small one has ten. */
  customers: number;
  /** Calls of a kind in each ledger. */
  calls: number;
}

/** What calls cost in a ledger of that size, in milliseconds. */
type Costs = Record<ScaleCall, number[]>;
type ScaleCall = 'list' | 'get' | 'submit' | 'claim' | 'batch';
const CALLS: readonly ScaleCall[] = ['list', 'get', 'submit', 'claim', 'batch'];
const noCosts = (): Costs => ({ list: [], get: [], submit: [], claim: [], batch: [] });

export interface ScaleResults {
  smallDevices: number;
  largeDevices: number;
  seedSeconds: number;
  calls: {
    call: ScaleCall;
    smallMs: number;
    /** For as many customers as the small one has, picked all over the large one. */
    largeMs: number;
    ratio: number;
    /** For customers that were not called for lately: what they have is not in the server's memory. */
    coldMs: number;
  }[];
}

/** One ledger, and the calls on it that are to cost the same whatever its size. */
class ScaledLedger {
  private readonly outbox = new Outbox();
  private readonly devices: DeviceRequestsRepository;
  private readonly rounds: DeviceWorkRepository;
  private readonly operations: OperationsRepository;
  private next = 0;

  private constructor(
    readonly database: Database,
    private readonly customers: number,
    private readonly apiKeyId: string,
    secretKey: string,
  ) {
    const sealer = new Sealer([secretKey]);
    this.devices = new DeviceRequestsRepository(database, sealer, this.outbox);
    this.rounds = new DeviceWorkRepository(
      database,
      sealer,
      this.outbox,
      new DueReleases(database, this.outbox),
    );
    this.operations = new OperationsRepository(database);
  }

  static async open(url: string, customers: number): Promise<ScaledLedger> {
    const database = new Database(createDataSource(url, 2));
    const secretKey = randomBytes(32).toString('base64');
    await seedScale(database, {
      customers,
      devicesPerSite: DEVICES,
      secretKey,
      baseUrl: null,
      customersPerAccount: 1,
    });
    const { id } = await new ApiKeysRepository(database).create({ name: 'bench', role: 'admin' });
    return new ScaledLedger(database, customers, id, secretKey);
  }

  /** Milliseconds of one call of each kind. @param among so many customers, evenly over the ledger, take turns */
  async measure(among: number): Promise<Record<ScaleCall, number>> {
    const spent: Record<ScaleCall, number> = { list: 0, get: 0, submit: 0, claim: 0, batch: 0 };
    const timed = async <T>(call: ScaleCall, work: () => Promise<T>): Promise<T> => {
      const startedAt = performance.now();
      const result = await work();
      spent[call] = performance.now() - startedAt;
      return result;
    };
    const customer = customerName((this.next % among) * Math.floor(this.customers / among));
    const device = deviceName(this.next % DEVICES);
    this.next += 1;
    await timed('list', () => this.devices.list(customer, SITE, { limit: 50 }));
    await timed('get', () => this.devices.get(customer, SITE, device));
    const request = { customer, site: SITE, requester: { apiKeyId: this.apiKeyId, name: 'bench' } };
    const spec = { ip: `10.20.9.${this.next % 250}`, description: `change ${this.next}` };
    await timed('submit', () => this.devices.put({ ...request, device, spec, preconditions: {} }));
    const claimed = await timed('claim', () => this.claim());
    await this.settle(claimed);
    const put = Array.from({ length: 20 }, (_, offset) => ({ name: deviceName(offset), spec }));
    await timed('batch', () => this.devices.batch({ ...request, put, delete: [] }));
    await this.settle(await this.claim());
    return spent;
  }

  private async claim(): Promise<DeviceClaim> {
    const [row] = await this.database.rows<{ body: unknown }>(`delete from outbox returning body`);
    const Message = z.object({
      operationId: z.string(),
      customerId: z.string(),
      releaseNo: z.int(),
      lane: z.enum(['device', 'bulk']),
    });
    const claimed = await this.rounds.claim(
      Message.parse(row?.body),
      { workerId: 'bench', leaseMs: 60_000, deadlineMs: 60_000 },
      () => DEVICES,
    );
    if (typeof claimed === 'string') throw new Error(`the claim was refused: ${claimed}`);
    return claimed;
  }

  private async settle(claim: DeviceClaim): Promise<void> {
    await this.rounds.roundStarted(claim);
    await this.rounds.settle(
      claim,
      claim.devices.map(({ resourceId }) => ({ resourceId, outcome: 'applied', outputs: {} })),
      { bulkSize: DEVICES, mayGoOn: false },
    );
    for (const { operationId } of claim.operations) await this.operations.get(operationId, undefined);
  }
}

/** What calls cost in a ledger of a thousand devices and in one of a million, taken in turns. */
export async function measureScale({
  serverUrl,
  options,
  cleanUp,
  say,
}: {
  serverUrl: string;
  options: ScaleOptions;
  cleanUp: CleanUp;
  say: (line: string) => void;
}): Promise<ScaleResults> {
  const open = async (customers: number): Promise<ScaledLedger> => {
    const place = await createOwnDatabase(serverUrl);
    cleanUp.add(place.remove);
    const ledger = await ScaledLedger.open(place.url, customers);
    cleanUp.add(() => ledger.database.close());
    return ledger;
  };
  const small = await open(SMALL_CUSTOMERS);
  say(`making a ledger of ${options.customers * DEVICES} devices`);
  const startedAt = performance.now();
  const large = await open(options.customers);
  const seedSeconds = (performance.now() - startedAt) / 1_000;
  say('calling both in turns');
  const [smallCosts, largeCosts, coldCosts] = [noCosts(), noCosts(), noCosts()];
  // One call here, one there: what slows the machine for a while slows both. The first ones are thrown away:
  // statements are prepared in them, and tables that were empty get rows.
  for (let call = -WARM_UP; call < options.calls; call++) {
    // As autovacuum does within a minute. Until then plans are those for empty tables.
    if (call === -WARM_UP / 2) for (const { database } of [small, large]) await database.rows('analyze');
    const one = await small.measure(SMALL_CUSTOMERS);
    const other = await large.measure(SMALL_CUSTOMERS);
    const cold = await large.measure(options.customers);
    if (call < 0) continue;
    for (const kind of CALLS) {
      smallCosts[kind].push(one[kind]);
      largeCosts[kind].push(other[kind]);
      coldCosts[kind].push(cold[kind]);
    }
  }
  return {
    smallDevices: SMALL_CUSTOMERS * DEVICES,
    largeDevices: options.customers * DEVICES,
    seedSeconds,
    calls: CALLS.map((call) => ({
      call,
      smallMs: median(smallCosts[call]),
      largeMs: median(largeCosts[call]),
      ratio: median(largeCosts[call]) / median(smallCosts[call]),
      coldMs: median(coldCosts[call]),
    })),
  };
}
