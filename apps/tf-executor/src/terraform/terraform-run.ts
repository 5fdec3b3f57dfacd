import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OperationTimings } from '@app/contracts';
import { RunInterrupted, type AppliedObject } from '@app/ledger';
import type { Vendor } from '@app/vendors';
import { applyArgs, applyPlanArgs, forgetArgs, importArgs, planArgs, untaintArgs } from './args.js';
import { failureOf, type Stage } from './failures.js';
import type { Redactor } from './redaction.js';
import type { RunFolder } from './run-folder.js';
import type { PlannedChange, StreamSummary } from './stream.js';
import { exitCodeOf, type Terraform, type TerraformResult } from './terraform.js';

export interface SavedPlan {
  hasChanges: boolean;
  planned: PlannedChange[];
  /** Of the plan file. */
  sha256: Buffer;
}

/** What a run can have Terraform do, on one state. Each call is one process; each throws TerraformFailed. */
export interface SiteTerraform {
  /** Plan and apply in one process. Answers the module's outputs. */
  apply(options: { isDestroy: boolean; refresh: boolean }): Promise<Record<string, unknown>>;
  plan(options: { refresh: boolean }): Promise<SavedPlan>;
  /** Applies the last plan. Answers the module's outputs. */
  applyPlan(): Promise<Record<string, unknown>>;
  import(address: string, id: string): Promise<void>;
  untaint(address: string): Promise<void>;
  /** Drops objects from the state, not from the vendor. */
  forget(addresses: readonly string[]): Promise<void>;
}

/** What a process is for; one that plans and applies fails in the stage that it had reached. */
type Work = Exclude<Stage, 'init'> | 'plan and apply';

const PLAN_FILE = 'site.tfplan';
const EXIT_WITH_CHANGES = 2;

export interface TerraformRunOptions {
  terraform: Pick<Terraform, 'run'>;
  folder: Pick<RunFolder, 'path' | 'nextOutputFile'>;
  env: Record<string, string>;
  parallelism: number;
  vendor: Pick<Vendor, 'fault'>;
  redact: Redactor;
  signal: AbortSignal;
  onApplied: (object: AppliedObject) => void;
  /** Wall clock when the run began: what passes until Terraform speaks counts as its initialisation. */
  startedAt: number;
}

/** The Terraform processes of one run, one after another in its folder. */
export class TerraformRun implements SiteTerraform {
  readonly applied: AppliedObject[] = [];
  readonly #options: TerraformRunOptions;
  readonly #timings = { initMs: 0, planMs: 0, applyMs: 0 };
  #hasPlanned = false;
  #hasApplied = false;
  /** Since when nothing that has a stage of its own has run. */
  #idleSince: number;
  #lastEndedBySelf = true;

  constructor(options: TerraformRunOptions) {
    this.#options = options;
    this.#idleSince = options.startedAt;
  }

  /** Every process of the run ended by itself: nothing was interrupted or killed. */
  get endedBySelf(): boolean {
    return this.#lastEndedBySelf;
  }

  get timings(): OperationTimings {
    const { initMs, planMs, applyMs } = this.#timings;
    return {
      initMs: Math.round(initMs),
      ...(this.#hasPlanned ? { planMs: Math.round(planMs) } : {}),
      ...(this.#hasApplied ? { applyMs: Math.round(applyMs) } : {}),
    };
  }

  async apply(options: { isDestroy: boolean; refresh: boolean }): Promise<Record<string, unknown>> {
    const { parallelism } = this.#options;
    const { stream } = await this.#run('plan and apply', applyArgs({ parallelism, ...options }));
    return stream.outputs ?? {};
  }

  async plan({ refresh }: { refresh: boolean }): Promise<SavedPlan> {
    const { folder, parallelism } = this.#options;
    const result = await this.#run('plan', planArgs({ parallelism, refresh, out: PLAN_FILE }), [
      0,
      EXIT_WITH_CHANGES,
    ]);
    return {
      hasChanges: exitCodeOf(result.end) === EXIT_WITH_CHANGES,
      planned: result.stream.planned,
      sha256: createHash('sha256')
        .update(await readFile(join(folder.path, PLAN_FILE)))
        .digest(),
    };
  }

  async applyPlan(): Promise<Record<string, unknown>> {
    const { parallelism } = this.#options;
    const { stream } = await this.#run('apply', applyPlanArgs({ parallelism, plan: PLAN_FILE }));
    return stream.outputs ?? {};
  }

  async import(address: string, id: string): Promise<void> {
    await this.#run('import', importArgs(address, id));
  }

  async untaint(address: string): Promise<void> {
    await this.#run('import', untaintArgs(address));
  }

  async forget(addresses: readonly string[]): Promise<void> {
    await this.#run('import', forgetArgs(addresses));
  }

  async #run(work: Work, args: string[], successCodes: readonly number[] = [0]): Promise<TerraformResult> {
    const { terraform, folder, env, vendor, redact, signal, onApplied } = this.#options;
    if (signal.aborted) throw new RunInterrupted();
    const result = await terraform.run({
      args,
      cwd: folder.path,
      env,
      outputFile: folder.nextOutputFile(),
      signal,
      onApplied: (object) => {
        this.applied.push(object);
        onApplied(object);
      },
    });
    this.#count(work, result);
    const code = exitCodeOf(result.end);
    if (code === undefined || result.wasInterrupted) this.#lastEndedBySelf = false;
    if (code !== undefined && successCodes.includes(code)) return result;
    if (result.wasInterrupted) throw new RunInterrupted();
    throw failureOf({ stage: stageReached(work, result.stream), ...result, vendor, redact });
  }

  /** Books the time of a process on the stages, by the stream's own clock. */
  #count(work: Work, { stream, endedAt }: TerraformResult): void {
    const { startedAt, plannedAt } = stream;
    if (startedAt === undefined || work === 'import') return;
    this.#timings.initMs += Math.max(startedAt - this.#idleSince, 0);
    this.#idleSince = endedAt;
    const planEnd = work === 'apply' ? startedAt : work === 'plan' ? endedAt : (plannedAt ?? endedAt);
    if (work !== 'apply') {
      this.#hasPlanned = true;
      this.#timings.planMs += planEnd - startedAt;
    }
    if (stageReached(work, stream) === 'apply') {
      this.#hasApplied = true;
      this.#timings.applyMs += endedAt - planEnd;
    }
  }
}

const stageReached = (work: Work, { plannedAt }: StreamSummary): Stage => {
  if (work !== 'plan and apply') return work;
  return plannedAt === undefined ? 'plan' : 'apply';
};
