import { cpSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { CleanUp } from '../bench/system/clean-up.js';
import { installProviderMirror } from '../sandbox/cato-provider/mirror.js';
import { launcherConfig } from '../sandbox/launcher/config.js';
import { ensureTerraform } from '../sandbox/services/terraform.js';
import type { Generation } from './load/spec.js';
import type { ChaosOptions } from './options.js';
import { DISTURBANCES } from './plan/disturbance-plan.js';
import { planRound } from './plan/round-plan.js';
import { Journal, type RoundResult } from './report/journal.js';
import { progressLine, violationReport } from './report/progress.js';
import { runRound } from './round.js';
import { openChaosStores } from './system/stores.js';
import { System } from './system/system.js';

export interface ChaosRun {
  options: ChaosOptions;
  cleanUp: CleanUp;
  say: (line: string) => void;
}

/** Sites live through so many rounds; then come fresh ones, whose histories are short. */
const ROUNDS_PER_GENERATION = 8;

/** Runs the rounds on one system, and answers what came of each. */
export async function runChaos({ options, cleanUp, say }: ChaosRun): Promise<RoundResult[]> {
  say('starting PostgreSQL, RabbitMQ, the simulated vendor and the services');
  const stores = await openChaosStores();
  cleanUp.add(stores.remove);
  const terraform = await installTerraform(say);
  const system = await System.start({ ...options, stores, terraform, cleanUp });
  const journal = new Journal(options.file);
  const results: RoundResult[] = [];
  const known = new Set<string>();
  let generation: Generation = { prefix: 'g', number: 1 };
  for (let round = options.from; round < options.from + options.rounds; round += 1) {
    const plan = planRound(options.seed, round, DISTURBANCES);
    let result = withoutKnown(await runRound(system, plan, generation), known);
    if (result.violations.length > 0) result = { ...result, logs: keepLogs(system, options, round) };
    journal.append(result);
    results.push(result);
    say(progressLine(result));
    if (result.violations.length > 0) say(violationReport(result));
    if (result.violations.length > 0 || results.length % ROUNDS_PER_GENERATION === 0) {
      generation = { ...generation, number: generation.number + 1 };
    }
  }
  return results;
}

/** What is wrong for good, as a message without a row, would else be told after every round. */
function withoutKnown(result: RoundResult, known: Set<string>): RoundResult {
  const news = result.violations.filter((violation) => !known.has(JSON.stringify(violation)));
  for (const violation of news) known.add(JSON.stringify(violation));
  return { ...result, violations: news };
}

async function installTerraform(say: (line: string) => void) {
  const config = launcherConfig();
  const { bin } = await ensureTerraform({
    terraformBin: config.terraformBin,
    path: config.path,
    cacheDirectory: join(config.home, 'cache'),
    releasesUrl: config.terraformReleasesUrl,
    say,
  });
  const directory = join(config.home, 'provider-mirror');
  return { terraformBin: bin, ...(await installProviderMirror({ directory, terraformBin: bin })) };
}

/** @returns the folder */
function keepLogs({ stack }: System, { file, seed }: ChaosOptions, round: number): string {
  const folder = join(dirname(resolve(file)), 'chaos-logs', `seed-${seed}-round-${round}`);
  mkdirSync(folder, { recursive: true });
  cpSync(stack.logDirectory, folder, { recursive: true });
  return folder;
}
