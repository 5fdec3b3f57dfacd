import { parseArgs } from 'node:util';

export const PARTS = [
  'scale',
  'throughput',
  'latency',
  'flood',
  'mixed',
  'no-budget',
  'fairness',
  'outage',
] as const;
export type Part = (typeof PARTS)[number];

export interface DeviceBenchOptions {
  parts: ReadonlySet<Part>;
  customers: number;
  accounts: number;
  /** Simulated minutes of the flood, of everything mixed, and of the flood's load where it runs twice. */
  minutes: { flood: number; mixed: number; twice: number };
  clockScale: number;
  outageSeconds: number;
  json: string;
}

export const USAGE = `npm run bench:devices -- [options]

  --only ${PARTS.join(',')}
                      those parts alone; all of them without it
  --minutes N         of the vendor's time: flood 30, mixed 3, no-budget and fairness 5 (each twice)
  --clock-scale N     how many times faster the vendor's clock and the budget's run, 1 to 10 (4); mixed runs at 1,
                      outage at 10
  --accounts N        accounts of the even load (50)
  --customers N       of the large ledger of "scale" (10000)
  --outage-seconds N  (60)
  --json FILE         where the figures go (bench/results/devices.json)`;

const MAX_CLOCK_SCALE = 10;

/** @returns undefined when the usage is asked for. @throws when an option is none */
export function deviceBenchOptions(args: readonly string[]): DeviceBenchOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: PARTS.join(',') },
      minutes: { type: 'string' },
      'clock-scale': { type: 'string', default: '4' },
      accounts: { type: 'string', default: '50' },
      customers: { type: 'string', default: '10000' },
      'outage-seconds': { type: 'string', default: '60' },
      json: { type: 'string', default: 'bench/results/devices.json' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const minutes = values.minutes === undefined ? undefined : positive('--minutes', values.minutes);
  const clockScale = positive('--clock-scale', values['clock-scale']);
  if (clockScale < 1 || clockScale > MAX_CLOCK_SCALE) {
    throw new Error(`--clock-scale: expected 1 to ${MAX_CLOCK_SCALE}`);
  }
  return {
    parts: new Set(values.only.split(',').map(partNamed)),
    customers: positive('--customers', values.customers),
    accounts: positive('--accounts', values.accounts),
    minutes: { flood: minutes ?? 30, mixed: minutes ?? 3, twice: minutes ?? 5 },
    clockScale,
    outageSeconds: positive('--outage-seconds', values['outage-seconds']),
    json: values.json,
  };
}

function partNamed(name: string): Part {
  const part = PARTS.find((each) => each === name);
  if (part === undefined) throw new Error(`--only: "${name}" is none of ${PARTS.join(', ')}`);
  return part;
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new Error(`${option}: expected a number above 0`);
  return value;
}
