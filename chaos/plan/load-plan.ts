import type { Random } from './random.js';

/** A site of the round, by its numbers; names are made of them where the requests are sent. */
export interface SiteNumber {
  customer: number;
  site: number;
}

export type Change =
  /** The whole spec in another variation. */
  | { kind: 'put'; variation: number }
  | { kind: 'put_tunnel'; tunnel: number; variation: number }
  | { kind: 'delete_tunnel'; tunnel: number }
  | { kind: 'delete' }
  | ({ kind: 'put_device' } & DeviceWish)
  | { kind: 'delete_device'; device: number }
  /** Each device at most once. */
  | { kind: 'batch'; put: DeviceWish[]; remove: number[] };

export interface DeviceWish {
  device: number;
  variation: number;
}

export interface Step extends SiteNumber {
  /** After the step before. */
  waitMs: number;
  change: Change;
  /** The answer is not waited for longer than this: it is lost, and the request is sent again. */
  losesAnswerAfterMs: number | undefined;
  /** The same request goes out twice at the same time. */
  isDoubled: boolean;
}

/** What one client does, step by step. */
export type ClientPlan = Step[];

export interface LoadSize {
  customers: number;
  sitesPerCustomer: number;
  clients: number;
  stepsPerClient: number;
  /** Clients that ask for devices alone, of the same sites. */
  deviceClients: number;
  devicesPerSite: number;
  loadMs: number;
}

/** Sites and their tunnels. */
export const planLoad = (random: Random, size: LoadSize): ClientPlan[] =>
  planClients(random, size, { clients: size.clients, planChange });

/** Devices of half of the sites, which the others create, edit and delete at the same time. */
export const planDeviceLoad = (random: Random, size: LoadSize): ClientPlan[] =>
  planClients(
    random,
    { ...size, sitesPerCustomer: Math.ceil(size.sitesPerCustomer / 2) },
    { clients: size.deviceClients, planChange: () => planDeviceChange(random, size.devicesPerSite) },
  );

const planClients = (
  random: Random,
  size: LoadSize,
  { clients, planChange: change }: { clients: number; planChange: (random: Random) => Change },
): ClientPlan[] =>
  Array.from({ length: clients }, () =>
    Array.from({ length: size.stepsPerClient }, (_none, step) => planStep(random, size, step === 0, change)),
  );

/** Everybody begins at the same time, so that more waits than is worked on. */
const BURST_MS = 100;

function planStep(
  random: Random,
  { customers, sitesPerCustomer, stepsPerClient, loadMs }: LoadSize,
  isFirst: boolean,
  change: (random: Random) => Change,
): Step {
  return {
    customer: random.int(1, customers),
    site: random.int(1, sitesPerCustomer),
    waitMs: random.int(0, isFirst ? BURST_MS : (2 * loadMs) / stepsPerClient),
    change: change(random),
    losesAnswerAfterMs: random.chance(0.25) ? random.int(1, 40) : undefined,
    isDoubled: random.chance(0.15),
  };
}

function planChange(random: Random): Change {
  const variation = random.int(0, 999);
  switch (random.pick(['put', 'put', 'put', 'put', 'put_tunnel', 'put_tunnel', 'delete', 'delete_tunnel'])) {
    case 'put':
      return { kind: 'put', variation };
    case 'put_tunnel':
      return { kind: 'put_tunnel', tunnel: random.int(1, 3), variation };
    case 'delete_tunnel':
      return { kind: 'delete_tunnel', tunnel: random.int(2, 3) };
    case 'delete':
      break;
  }
  return { kind: 'delete' };
}

function planDeviceChange(random: Random, devicesPerSite: number): Change {
  const device = random.int(1, devicesPerSite);
  switch (random.pick(['put_device', 'put_device', 'delete_device', 'batch', 'batch'])) {
    case 'put_device':
      return { kind: 'put_device', device, variation: random.int(0, 999) };
    case 'delete_device':
      return { kind: 'delete_device', device };
    case 'batch':
      break;
  }
  const devices = random.shuffled(Array.from({ length: devicesPerSite }, (_none, index) => index + 1));
  const puts = random.int(1, devicesPerSite - 1);
  const put = devices.slice(0, puts).map((one) => ({ device: one, variation: random.int(0, 999) }));
  return { kind: 'batch', put, remove: devices.slice(puts, random.int(puts, devicesPerSite)) };
}
