import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { measureScale } from '../scale/scale.js';
import { CleanUp } from '../system/clean-up.js';
import { layFoundations, type Foundations } from '../system/foundations.js';
import { DeviceSystem, type DeviceSystemOptions } from './device-system.js';
import { measureFlood } from './flood.js';
import { measureOutage } from './outage.js';
import { measureBatches, measureRawMessages, measureSingles } from './throughput.js';

const PARTS = ['scale', 'throughput', 'latency', 'flood', 'no-budget', 'fairness', 'outage'] as const;
type Part = (typeof PARTS)[number];

const USAGE = `npm run bench:devices -- [--only ${PARTS.join(',')}] [--customers 10000] [--minutes 30] [--clock-scale 10] [--json <file>]`;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: PARTS.join(',') },
    customers: { type: 'string', default: '10000' },
    minutes: { type: 'string', default: '30' },
    'clock-scale': { type: 'string', default: '10' },
    json: { type: 'string', default: 'bench/results/devices.json' },
    help: { type: 'boolean', default: false },
  },
});
const parts = new Set(values.only.split(','));
const SCALE = Number(values['clock-scale']);
const ACCOUNTS = 50;
/** As many as one customer may have in work at a time, and some more. */
const FLOODING_SITES = 24;

const say = (line: string): void => console.log(line);
const cleanUp = new CleanUp();
const results: Record<string, unknown> = {};

/** One part on foundations and a system of its own; what it started ends with it. */
async function part<T>(
  name: Part,
  work: (foundations: Foundations, ending: CleanUp) => Promise<T>,
): Promise<void> {
  if (!parts.has(name)) return;
  say(`${name} ...`);
  const ending = new CleanUp();
  cleanUp.add(() => ending.run(console.error));
  try {
    const foundations = await layFoundations({ cleanUp: ending, nodeOptions: '', say });
    results[name] = await work(foundations, ending);
    say(`${name}: ${JSON.stringify(results[name], null, 1)}`);
  } finally {
    await ending.run(console.error);
  }
}

const start = (foundations: Foundations, ending: CleanUp, options: Partial<DeviceSystemOptions> = {}) =>
  DeviceSystem.start(foundations, { clockScale: 1, ...options }, ending);

async function measure(): Promise<void> {
  await part('scale', ({ databaseUrl }, ending) =>
    measureScale({
      serverUrl: databaseUrl,
      options: { customers: Number(values.customers), calls: 300 },
      cleanUp: ending,
      say,
    }),
  );
  await part('throughput', async (foundations, ending) => {
    const system = await start(foundations, ending);
    const sites = await system.makeSites('rate', ACCOUNTS);
    await measureBatches(system, sites, { perSite: 100, edition: 1 });
    const batches = await measureBatches(system, sites, { perSite: 100, edition: 2 });
    const singles = await measureSingles(system, sites, { perSite: 40, edition: 3 });
    const raw = await measureRawMessages(foundations.amqpUrl, singles.operations);
    return {
      accounts: ACCOUNTS,
      batches,
      singles,
      raw,
      ofRaw: (singles.operations * 60_000) / singles.durationMs / raw.perMinute,
    };
  });
  await part('latency', async (foundations, ending) => {
    const system = await start(foundations, ending);
    const sites = await system.makeSites('slow', ACCOUNTS);
    await system.stack.admin('POST', '/latency', { vendor: 'cato', p50Ms: 200, p99Ms: 200 });
    const batches = await measureBatches(system, sites, { perSite: 100, edition: 1 });
    const singles = await measureSingles(system, sites, { perSite: 40, edition: 2 });
    return { accounts: ACCOUNTS, latencyMs: 200, batches, singles };
  });
  const flood = { clockScale: SCALE, simulatedMinutes: Number(values.minutes), requestsPerMinute: 500 };
  await part('flood', async (foundations, ending) => {
    const system = await start(foundations, ending, { clockScale: SCALE });
    const orderly = await system.makeSites('orderly', ACCOUNTS);
    const flooding = await system.makeSites('flood', 1, FLOODING_SITES);
    return measureFlood(system, { orderly, flooding }, flood);
  });
  await part('no-budget', async (foundations, ending) => {
    // The budget believes that time goes ten times as fast as it does: it allows ten times too much.
    const system = await start(foundations, ending, { clockScale: 1, budgetScale: SCALE });
    const orderly = await system.makeSites('orderly', ACCOUNTS);
    const flooding = await system.makeSites('flood', 1, FLOODING_SITES);
    return measureFlood(system, { orderly, flooding }, { ...flood, clockScale: 1, simulatedMinutes: 1 });
  });
  await part('fairness', async (foundations, ending) => {
    const system = await start(foundations, ending, { clockScale: SCALE });
    const orderly = await system.makeSites('orderly', ACCOUNTS);
    const flooding = await system.makeSites('flood', 1, FLOODING_SITES);
    const short = { ...flood, simulatedMinutes: Math.min(flood.simulatedMinutes, 5) };
    const alone = await measureFlood(system, { orderly, flooding: [] }, short);
    const flooded = await measureFlood(system, { orderly, flooding }, { ...short, edition: 7 });
    return { alone, flooded, waitRatio: flooded.waitP50Ms / alone.waitP50Ms };
  });
  await part('outage', async (foundations, ending) => {
    const system = await start(foundations, ending, { clockScale: SCALE });
    const sites = await system.makeSites('outage', 10);
    return measureOutage(system, sites, { outageSeconds: 60, edition: 1 });
  });
  await mkdir(dirname(values.json), { recursive: true });
  await writeFile(values.json, `${JSON.stringify(results, null, 2)}\n`);
  say(`The figures are in ${values.json}.`);
}

if (values.help) {
  say(USAGE);
} else {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void cleanUp.run(console.error).then(() => process.exit(130)));
  }
  try {
    await measure();
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  } finally {
    await cleanUp.run(console.error);
  }
}
