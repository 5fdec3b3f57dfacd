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
  | { kind: 'delete' };

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
  loadMs: number;
}

export function planLoad(random: Random, size: LoadSize): ClientPlan[] {
  return Array.from({ length: size.clients }, () =>
    Array.from({ length: size.stepsPerClient }, (_none, step) => planStep(random, size, step === 0)),
  );
}

/** Everybody begins at the same time, so that more waits than is worked on. */
const BURST_MS = 100;

function planStep(
  random: Random,
  { customers, sitesPerCustomer, stepsPerClient, loadMs }: LoadSize,
  isFirst: boolean,
): Step {
  return {
    customer: random.int(1, customers),
    site: random.int(1, sitesPerCustomer),
    waitMs: random.int(0, isFirst ? BURST_MS : (2 * loadMs) / stepsPerClient),
    change: planChange(random),
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
