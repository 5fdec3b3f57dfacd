import { setTimeout as sleep } from 'node:timers/promises';
import { siteBody } from '../workload/sites.js';
import { newDevice } from './bodies.js';
import type { DeviceSite, DeviceSystem, Endings } from './device-system.js';
import type { LookUps } from './look-ups.js';

/** Devices that wait at any time. All are new: a new device takes one of the scarce calls. */
const DEPTH = 100;
/** Requests in the air. */
const CLIENTS = 8;
/** Look-ups asked for in a minute of the vendor's: twice what it allows of `entityLookup`. */
const LOOK_UPS_PER_MINUTE = 60;
const LOOK_UPS_AT_A_TIME = 2;
const NOT_ACCEPTED_PAUSE_MS = 100;

export interface FloodingSites {
  /** All of one account. */
  devices: readonly DeviceSite[];
  /** One that Terraform edits without a pause; absent: none. */
  edited?: DeviceSite;
}

export interface FloodingReport {
  /** Devices asked for. */
  devices: number;
  siteEdits: number;
  /** Requests that were answered with an error. */
  notAccepted: number;
  /** All operations of the account by lane and status, when it stopped: the more it asks for, the more are open. */
  operations: Record<string, Endings>;
}

/** One account that asks for more than its vendor lets it do, of every kind. */
export class FloodingAccount {
  readonly #stop = new AbortController();
  readonly #work: Promise<unknown>;
  #devices = 0;
  #siteEdits = 0;
  #notAccepted = 0;

  constructor(
    private readonly system: DeviceSystem,
    private readonly sites: FloodingSites,
    private readonly lookUps: LookUps,
  ) {
    const lookUpLoops = Array.from({ length: LOOK_UPS_AT_A_TIME }, () => this.#askForLookUps());
    this.#work = Promise.all([this.#askForDevices(), this.#editSite(), ...lookUpLoops]);
    // Told by `stop`; until then nobody else may take it for unhandled.
    this.#work.catch(() => this.#stop.abort());
  }

  get account(): string {
    return this.sites.devices[0]?.account ?? '';
  }

  /** @throws what went wrong meanwhile */
  async stop(): Promise<FloodingReport> {
    this.#stop.abort();
    await this.#work;
    const rows = await this.system.database.rows<{ lane: string; status: string; count: number }>(
      `select o.lane, o.status, count(*)::int as count from operation o join customer c on c.id = o.customer_id
       where c.name = $1 group by o.lane, o.status order by o.lane, o.status`,
      [this.account],
    );
    const operations: Record<string, Endings> = {};
    for (const { lane, status, count } of rows) (operations[lane] ??= {})[status] = count;
    return {
      devices: this.#devices,
      siteEdits: this.#siteEdits,
      notAccepted: this.#notAccepted,
      operations,
    };
  }

  async #askForDevices(): Promise<void> {
    const { devices: sites } = this.sites;
    const first = await this.#devicesOfEarlierFloods();
    while (!this.#stop.signal.aborted) {
      const [open] = await this.system.database.rows<{ count: number }>(
        `select count(*)::int as count from operation o join customer c on c.id = o.customer_id
         where c.name = $1 and o.lane = 'device' and o.status in ('pending', 'in_progress')`,
        [this.account],
      );
      const missing = DEPTH - (open?.count ?? 0);
      await Promise.all(
        Array.from({ length: Math.min(Math.max(missing, 0), CLIENTS) }, async () => {
          const number = first + this.#devices++;
          const { account, site } = sites[number % sites.length] ?? { account: '', site: '' };
          const { name, body } = newDevice(Math.floor(number / sites.length));
          await this.#put(`/v1/customers/${account}/sites/${site}/devices/${name}`, body);
        }),
      );
      if (missing <= 0) await this.#pause(20);
    }
  }

  /** What is as it is asked for would be no work. */
  async #devicesOfEarlierFloods(): Promise<number> {
    const [there] = await this.system.database.rows<{ count: number }>(
      `select count(*)::int as count from resource r join customer c on c.id = r.customer_id
       where c.name = $1 and r.kind = 'device'`,
      [this.account],
    );
    return there?.count ?? 0;
  }

  async #editSite(): Promise<void> {
    if (this.sites.edited === undefined) return;
    const { account, site } = this.sites.edited;
    const { signal } = this.#stop;
    for (let edition = 2; !signal.aborted; edition = 3 - edition) {
      const body = siteBody({ index: 0 }, edition);
      const id = await this.#put(`/v1/customers/${account}/sites/${site}`, body);
      this.#siteEdits += 1;
      if (id !== undefined) await this.#ended(id);
    }
  }

  async #askForLookUps(): Promise<void> {
    const { signal } = this.#stop;
    const paceMs = (LOOK_UPS_AT_A_TIME * 60_000) / LOOK_UPS_PER_MINUTE / this.system.clockScale;
    const [site] = this.sites.devices;
    if (site === undefined) return;
    while (!signal.aborted) {
      await Promise.all([this.lookUps.lookUp(site, signal), this.#pause(paceMs)]);
    }
  }

  /** @returns the operation; undefined when there is none, which is counted, and does not end the flood */
  async #put(path: string, body: Record<string, unknown>): Promise<string | undefined> {
    try {
      return (await this.system.client.submit('PUT', path, { body })).id;
    } catch {
      this.#notAccepted += 1;
      await this.#pause(NOT_ACCEPTED_PAUSE_MS);
      return undefined;
    }
  }

  /** Resolves when the operation has ended, or the flood. */
  async #ended(id: string): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const [row] = await this.system.database.rows<{ hasEnded: boolean }>(
        'select finished_at is not null as "hasEnded" from operation where id = $1',
        [id],
      );
      if (row?.hasEnded === true) return;
      await this.#pause(50);
    }
  }

  /** Until then, or until the flood is over. */
  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stop.signal }).catch(() => {});
  }
}
