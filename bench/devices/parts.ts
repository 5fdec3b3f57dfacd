import { measureScale } from '../scale/scale.js';
import type { CleanUp } from '../system/clean-up.js';
import type { Foundations } from '../system/foundations.js';
import { barLine, budgetBars, fairnessBars, outageBars, withoutBudgetBars, type Bar } from './bars.js';
import { measureFairness, measureFlood, measureMixed, measureWithoutBudget } from './budget-parts.js';
import { DeviceSystem } from './device-system.js';
import type { DeviceBenchOptions, Part } from './options.js';
import { measureOutage } from './outage.js';
import { measureBatches, measureRawMessages, measureSingles } from './throughput.js';

export interface PartResult {
  figures: unknown;
  /** Absent: the figures are compared with what the documentation aims at by whoever reads them. */
  bars?: Bar[];
}

type Measure = (
  foundations: Foundations,
  ending: CleanUp,
  options: DeviceBenchOptions,
  say: (line: string) => void,
) => Promise<PartResult>;

const LATENCY_MS = 200;
const OUTAGE_ACCOUNTS = 10;
/** A minute without the vendor is ten of its own. */
const OUTAGE_CLOCK_SCALE = 10;

const throughput: Measure = async (foundations, ending, { accounts }) => {
  const system = await DeviceSystem.start(foundations, { clockScale: 1 }, ending);
  const sites = await system.makeSites('rate', accounts);
  // The first batches warm everything up.
  await measureBatches(system, sites, { perSite: 100, edition: 1 });
  const batches = await measureBatches(system, sites, { perSite: 100, edition: 2 });
  const singles = await measureSingles(system, sites, { perSite: 40, edition: 3 });
  const raw = await measureRawMessages(foundations.amqpUrl, singles.operations);
  const ofRaw = (singles.operations * 60_000) / singles.durationMs / raw.perMinute;
  return { figures: { accounts, batches, singles, raw, ofRaw } };
};

const latency: Measure = async (foundations, ending, { accounts }) => {
  const system = await DeviceSystem.start(foundations, { clockScale: 1 }, ending);
  const sites = await system.makeSites('slow', accounts);
  await system.stack.admin('POST', '/latency', { vendor: 'cato', p50Ms: LATENCY_MS, p99Ms: LATENCY_MS });
  const batches = await measureBatches(system, sites, { perSite: 100, edition: 1 });
  const singles = await measureSingles(system, sites, { perSite: 40, edition: 2 });
  return { figures: { accounts, latencyMs: LATENCY_MS, batches, singles } };
};

const scale: Measure = async ({ databaseUrl }, ending, { customers }, say) => {
  const options = { customers, calls: 300 };
  return { figures: await measureScale({ serverUrl: databaseUrl, options, cleanUp: ending, say }) };
};

const flood: Measure = async (foundations, ending, { accounts, minutes, clockScale }) => {
  const options = { accounts, simulatedMinutes: minutes.flood, clockScale };
  const figures = await measureFlood(foundations, ending, options);
  return { figures, bars: budgetBars(figures) };
};

const mixed: Measure = async (foundations, ending, { accounts, minutes }) => {
  const figures = await measureMixed(foundations, ending, { accounts, simulatedMinutes: minutes.mixed });
  return { figures, bars: budgetBars(figures) };
};

const noBudget: Measure = async (foundations, ending, { accounts, minutes, clockScale }) => {
  const options = { accounts, simulatedMinutes: minutes.twice, clockScale };
  const figures = await measureWithoutBudget(foundations, ending, options);
  return { figures, bars: withoutBudgetBars(figures.refused) };
};

const fairness: Measure = async (foundations, ending, { accounts, minutes, clockScale }) => {
  const options = { accounts, simulatedMinutes: minutes.twice, clockScale };
  const figures = await measureFairness(foundations, ending, options);
  return { figures, bars: fairnessBars(figures.waitRatio) };
};

const outage: Measure = async (foundations, ending, { outageSeconds }) => {
  const system = await DeviceSystem.start(foundations, { clockScale: OUTAGE_CLOCK_SCALE }, ending);
  const sites = await system.makeSites('outage', OUTAGE_ACCOUNTS);
  const figures = await measureOutage(system, sites, { outageSeconds, edition: 1 });
  return { figures, bars: outageBars(figures) };
};

/** Each on foundations and a system of its own. */
export const measureOf: Readonly<Record<Part, Measure>> = {
  scale,
  throughput,
  latency,
  flood,
  mixed,
  'no-budget': noBudget,
  fairness,
  outage,
};

/** What was measured, and whether it is what is aimed at. */
export const partLines = (name: Part, { figures, bars = [] }: PartResult): string[] => [
  `${name}: ${JSON.stringify(figures, null, 1)}`,
  ...bars.map(barLine),
];
