import { siteBody } from '../workload/sites.js';
import { deviceSpec } from './bodies.js';
import type { DeviceSite, DeviceSystem } from './device-system.js';
import type { LookUps } from './look-ups.js';

/** `siteEdit` and `siteCreate` are Terraform's work. */
export type RequestKind = 'device' | 'batch' | 'lookUp' | 'siteEdit' | 'siteCreate';

/** What one request in turn is; the mix repeats. */
export type Mix = readonly RequestKind[];

/** Single devices, and look-ups at the vendor: one in five. */
export const DEVICES_AND_LOOK_UPS: Mix = ['device', 'device', 'lookUp', 'device', 'device'];

/** With batches, one in ten, and Terraform, one in ten. */
export const WITH_TERRAFORM: Mix = [
  ...(['device', 'device', 'lookUp', 'device', 'batch'] as const),
  ...(['device', 'siteEdit', 'device', 'lookUp', 'device'] as const),
  ...(['device', 'device', 'lookUp', 'device', 'batch'] as const),
  ...(['device', 'siteCreate', 'device', 'lookUp', 'device'] as const),
];

/** Devices of a site that single requests go round. */
const DEVICES = 100;
/** Devices of a batch; their addresses are not those of the single ones. */
const BATCH = 20;

/** The site of an account that Terraform edits while devices go on elsewhere. */
export const EDITED_SITE = 'edited';

/** From here on a site's range is none of those that the accounts have already. */
const FIRST_MADE = 30;

export interface Sent {
  kind: RequestKind;
  operationId: string;
}

/** Requests of many accounts in turns, each within what its vendor allows it. */
export class OrderlyLoad {
  /** Operations that were accepted. */
  readonly sent: Sent[] = [];
  readonly notAccepted: string[] = [];
  readonly #system: DeviceSystem;
  readonly #sites: readonly DeviceSite[];
  readonly #mix: Mix;
  readonly #lookUps: LookUps;
  readonly #edition: number;
  /** Requests of each kind so far. */
  readonly #numbers = new Map<RequestKind, number>();

  /** @param sites one of each account */
  constructor(parts: {
    system: DeviceSystem;
    sites: readonly DeviceSite[];
    mix: Mix;
    lookUps: LookUps;
    /** Another one for each run on the same sites: its devices are other ones. */
    edition: number;
  }) {
    this.#system = parts.system;
    this.#sites = parts.sites;
    this.#mix = parts.mix;
    this.#lookUps = parts.lookUps;
    this.#edition = parts.edition;
  }

  async send(number: number): Promise<void> {
    const kind = this.#mix[number % this.#mix.length] ?? 'device';
    const ofKind = this.#numbers.get(kind) ?? 0;
    this.#numbers.set(kind, ofKind + 1);
    const site = this.#sites[ofKind % this.#sites.length] ?? { account: '', site: '' };
    try {
      if (kind === 'lookUp') await this.#lookUps.lookUp(site, new AbortController().signal);
      else this.sent.push({ kind, operationId: await this.#submit(kind, site, ofKind) });
    } catch (error) {
      this.notAccepted.push(error instanceof Error ? error.message : 'no error');
    }
  }

  async #submit(
    kind: Exclude<RequestKind, 'lookUp'>,
    { account, site }: DeviceSite,
    ofKind: number,
  ): Promise<string> {
    const turn = Math.floor(ofKind / this.#sites.length);
    const sites = `/v1/customers/${account}/sites`;
    const submit = async (method: 'PUT' | 'POST', path: string, body: unknown): Promise<string> =>
      (await this.#system.client.submit(method, `${sites}/${path}`, { body })).id;
    switch (kind) {
      case 'device': {
        const spec = deviceSpec(turn % DEVICES, this.#edition + Math.floor(turn / DEVICES));
        return submit('PUT', `${site}/devices/d${this.#edition}-${turn % DEVICES}`, spec);
      }
      case 'batch': {
        const put = Array.from({ length: BATCH }, (_, index) => ({
          name: `b${index}`,
          ...deviceSpec(DEVICES + index, this.#edition + turn),
        }));
        return submit('POST', `${site}/devices:batch`, { put, delete: [] });
      }
      case 'siteEdit':
        return submit('PUT', EDITED_SITE, siteBody({ index: 0 }, 2 - (turn % 2)));
      case 'siteCreate':
      default:
        return submit('PUT', `made-${this.#edition}-${turn}`, siteBody({ index: FIRST_MADE + turn }));
    }
  }
}
