import { parseArgs } from 'node:util';
import { z } from 'zod';

export const PARTS = ['e2e', 'floor', 'peers', 'gateway', 'idle'] as const;
export type Part = (typeof PARTS)[number];

export interface BenchOptions {
  parts: ReadonlySet<Part>;
  executors: number;
  /** Runs at a time in one executor. */
  slots: number;
  rounds: number;
  /** Sites per round, of ours and of the floor. */
  sites: number;
  /** Sites that every slot creates, edits and deletes before anything counts. */
  warmUpSites: number;
  /** Runs per round of each peer's sequence. */
  peerRuns: number;
  /** Requests that the gateway accepts with no executor running, and how many at a time. */
  requests: number;
  clients: number;
  /** Sites created one after another on an idle system. */
  idleRuns: number;
  hasWarmProviders: boolean;
  jsonFile: string;
  /** Where the services leave CPU profiles when they end. */
  profileDirectory: string | undefined;
}

/** Something in the arguments cannot be used; the message says what. */
export class BadArguments extends Error {}

export const USAGE = `npm run bench -- [options]

  --quick                a shorter run with fewer rounds
  --only <parts>         some of ${PARTS.join(',')}
  --executors <n>        executors (default 2)
  --slots <n>            Terraform runs at a time in each (default 2)
  --rounds <n>           rounds, of which medians are taken
  --sites <n>            sites per round
  --warm-up-sites <n>    sites per slot before anything counts
  --peer-runs <n>        runs of each peer's sequence per round
  --requests <n>         requests for the gateway's accept rate
  --clients <n>          requests at a time
  --idle-runs <n>        sites created one by one on an idle system
  --provider warm|cold   whether providers outlive a run (default warm)
  --profile <folder>     the services leave V8 CPU profiles there
  --json <file>          where the figures go (default bench/results/latest.json)`;

const FULL = { rounds: 5, sites: 60, warmUpSites: 15, peerRuns: 8, requests: 1_500, idleRuns: 20 };
const QUICK = { rounds: 1, sites: 60, warmUpSites: 5, peerRuns: 8, requests: 500, idleRuns: 8 };

const count = (max: number) => z.coerce.number().int().min(1).max(max);
const Values = z.object({
  quick: z.boolean().default(false),
  help: z.boolean().default(false),
  only: z
    .string()
    .transform((list) => list.split(',').map((part) => part.trim()))
    .pipe(z.array(z.enum(PARTS)).min(1))
    .default([...PARTS]),
  executors: count(16).default(2),
  slots: count(64).default(2),
  rounds: count(100).optional(),
  sites: count(5_000).optional(),
  'warm-up-sites': count(1_000).optional(),
  'peer-runs': count(1_000).optional(),
  requests: count(100_000).optional(),
  clients: count(256).default(16),
  'idle-runs': count(1_000).optional(),
  provider: z.enum(['warm', 'cold']).default('warm'),
  profile: z.string().min(1).optional(),
  json: z.string().min(1).default('bench/results/latest.json'),
});

const FLAGS = ['quick', 'help'];

/** undefined when help is asked for. @throws BadArguments */
export function benchOptions(args: readonly string[]): BenchOptions | undefined {
  const values = parse(args);
  return values.help ? undefined : optionsFrom(values);
}

function optionsFrom(values: z.output<typeof Values>): BenchOptions {
  const defaults = values.quick ? QUICK : FULL;
  return {
    parts: new Set(values.only),
    executors: values.executors,
    slots: values.slots,
    rounds: values.rounds ?? defaults.rounds,
    sites: values.sites ?? defaults.sites,
    warmUpSites: values['warm-up-sites'] ?? defaults.warmUpSites,
    peerRuns: values['peer-runs'] ?? defaults.peerRuns,
    requests: values.requests ?? defaults.requests,
    clients: values.clients,
    idleRuns: values['idle-runs'] ?? defaults.idleRuns,
    hasWarmProviders: values.provider === 'warm',
    jsonFile: values.json,
    profileDirectory: values.profile,
  };
}

function parse(args: readonly string[]): z.output<typeof Values> {
  const names = Object.keys(Values.shape);
  const options = Object.fromEntries(
    names.map((name) => [name, { type: FLAGS.includes(name) ? ('boolean' as const) : ('string' as const) }]),
  );
  let values: unknown;
  try {
    ({ values } = parseArgs({ args: [...args], options }));
  } catch (error) {
    throw new BadArguments(error instanceof Error ? error.message : String(error));
  }
  const parsed = Values.safeParse(values);
  if (parsed.success) return parsed.data;
  throw new BadArguments(
    parsed.error.issues.map(({ path, message }) => `--${path.join(' ')}: ${message}`).join('\n'),
  );
}
