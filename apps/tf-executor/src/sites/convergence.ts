import type { OperationPhase } from '@app/contracts';
import {
  VendorCallFailed,
  type AppliedObject,
  type SiteClaim,
  type SiteWork,
  type StateStore,
} from '@app/ledger';
import {
  VendorFaultError,
  type FoundSite,
  type SiteToConverge,
  type TerraformConvergence,
  type VendorConnection,
  type VendorObject,
} from '@app/vendors';
import { z } from 'zod';
import { TerraformFailed } from '../terraform/failures.js';
import { PlanGuarded, unaskedDestruction } from '../terraform/plan-guard.js';
import type { Redactor } from '../terraform/redaction.js';
import type { SiteTerraform } from '../terraform/terraform-run.js';
import { reconcile, type Repair } from './reconciliation.js';
import { firstStep } from './run-plan.js';
import { NameTaken } from './site-errors.js';

export interface ConvergenceParts {
  claim: SiteClaim;
  convergence: TerraformConvergence;
  site: SiteToConverge;
  connection: VendorConnection;
  terraform: SiteTerraform;
  work: Pick<SiteWork, 'enterPhase' | 'planSaved' | 'planConsumed' | 'applyStarted'>;
  state: Pick<StateStore, 'read' | 'resources'>;
  redact: Redactor;
  signal: AbortSignal;
  /** Told of what was removed beside Terraform. */
  onRemoved: (object: AppliedObject) => void;
}

/** Plans that may follow one another in a run: one to adopt, one to verify, one to apply what is left. */
const MAX_PLANS = 4;

const State = z.object({ outputs: z.record(z.string(), z.object({ value: z.unknown() })).default({}) });

/** Converges one site to its claim: decides the steps, one after another, and takes them. */
export class Convergence {
  readonly #parts: ConvergenceParts;
  #hasStartedApply = false;
  /** As the claim left it. */
  #phase: OperationPhase = 'planning';
  #plans = 0;

  constructor(parts: ConvergenceParts) {
    this.#parts = parts;
  }

  /** Answers the site's outputs. Throws what stopped it. */
  async run(): Promise<Record<string, unknown>> {
    const first = firstStep(this.#parts.claim);
    if (first.kind === 'reconcile') return this.#reconcile();
    if (first.kind === 'plan') return this.#planUntilClean(first);
    if (first.kind === 'nothing') return {};
    try {
      return await this.#apply(first);
    } catch (error) {
      // Our record says that something is there to be deleted, the vendor that it is not: find out what is.
      if (first.isDestroy && error instanceof TerraformFailed && error.code === 'VENDOR_REJECTED') {
        return this.#reconcile();
      }
      throw error;
    }
  }

  async #apply(options: { isDestroy: boolean; refresh: boolean }): Promise<Record<string, unknown>> {
    await this.#startApply();
    const outputs = await this.#parts.terraform.apply(options);
    return options.isDestroy ? {} : this.#parts.convergence.outputs(outputs);
  }

  async #planAndApply({ refresh }: { refresh: boolean }): Promise<Record<string, unknown>> {
    const { claim, convergence, terraform } = this.#parts;
    await this.#enter('planning');
    this.#plans += 1;
    const plan = await terraform.plan({ refresh });
    if (!plan.hasChanges) return this.#storedOutputs();
    // A site that was never converged has nothing yet that anybody relies on.
    if (claim.appliedSpec !== undefined) {
      const unasked = unaskedDestruction(plan.planned, this.#addressesToGo());
      if (unasked.length > 0) throw new PlanGuarded(unasked);
    }
    // A plan knows nothing of the state that it is for: the ledger binds it to this one, for one apply.
    await this.#parts.work.planSaved(claim, plan);
    await this.#startApply();
    await this.#parts.work.planConsumed(claim, plan);
    return convergence.outputs(await terraform.applyPlan());
  }

  /** What an unfinished run has made for a revision in between goes with the newest one too. */
  #addressesToGo(): string[] {
    const { claim, convergence } = this.#parts;
    const before = [claim.appliedSpec?.visible, ...claim.triedSpecs];
    return before.flatMap((spec) => convergence.destroyedBy(spec, claim.spec.visible));
  }

  async #reconcile(): Promise<Record<string, unknown>> {
    const { claim, convergence, site, connection, state, signal } = this.#parts;
    await this.#enter('reconciling');
    const [resources, found] = await Promise.all([
      state.resources(claim),
      this.#vendor(() => convergence.find(site, connection, signal)),
    ]);
    const decision = reconcile({
      action: claim.action,
      isApplied: claim.appliedSpec !== undefined,
      mayHideChanges: convergence.readsSiteInPart && claim.triedSpecs.length > 0,
      addressesToGo: new Set(this.#addressesToGo()),
      reportedIds: new Set(claim.reportedIds),
      siteAddress: convergence.siteAddress,
      state: resources,
      found,
    });
    if (decision.kind === 'name_taken') throw new NameTaken(site.vendorName, decision.siteId);
    try {
      return await this.#repair(decision, found);
    } catch (error) {
      if (!this.#canMakeAnew(error, found)) throw error;
      return this.#repair(
        {
          remove: found.id,
          removeBelow: [],
          forget: (await state.resources(claim)).map(({ address }) => address),
          untaint: [],
          import: [],
          next: 'create',
        },
        found,
      );
    }
  }

  async #repair(repair: Repair, found: FoundSite | undefined): Promise<Record<string, unknown>> {
    const { terraform } = this.#parts;
    if (repair.remove !== undefined) await this.#remove(repair.remove);
    for (const object of repair.removeBelow) await this.#removeBelow(object);
    if (repair.forget.length > 0) await terraform.forget(repair.forget);
    for (const address of repair.untaint) await terraform.untaint(address);
    for (const { address, id } of repair.import) await terraform.import(address, id);
    if (repair.next === 'done') return {};
    if (repair.next === 'plan') {
      return found === undefined ? this.#planWithoutSite() : this.#planUntilClean({ refresh: true });
    }
    return this.#apply({ isDestroy: repair.next === 'destroy', refresh: true });
  }

  /** An error that says nothing about the vendor is checked by another plan, which then has nothing to do. */
  async #planUntilClean(options: { refresh: boolean }): Promise<Record<string, unknown>> {
    const { convergence } = this.#parts;
    try {
      return await this.#planAndApply(options);
    } catch (error) {
      if (!(error instanceof TerraformFailed) || this.#plans >= MAX_PLANS) throw error;
      const { diagnostics } = error;
      const isClean = diagnostics.every((text) => convergence.isCheckedByPlan(text));
      if (diagnostics.length === 0 || !isClean) throw error;
      return this.#planUntilClean({ refresh: true });
    }
  }

  /** Reading what hung below a site that is gone is an error at some vendors. Forgotten, it is planned anew. */
  async #planWithoutSite(): Promise<Record<string, unknown>> {
    const { claim, convergence, state, terraform } = this.#parts;
    try {
      return await this.#planUntilClean({ refresh: true });
    } catch (error) {
      if (!(error instanceof TerraformFailed)) throw error;
      if (error.stage !== 'plan' || error.code !== 'VENDOR_REJECTED') throw error;
      const children = (await state.resources(claim)).filter(
        ({ address }) => address !== convergence.siteAddress,
      );
      if (children.length === 0) throw error;
      await terraform.forget(children.map(({ address }) => address));
      return this.#planUntilClean({ refresh: true });
    }
  }

  /** An orphan that cannot be adopted may go as long as the site was never converged. */
  #canMakeAnew(error: unknown, found: FoundSite | undefined): found is FoundSite {
    const { claim } = this.#parts;
    if (found?.isOurs !== true || claim.appliedSpec !== undefined || claim.action === 'delete') return false;
    return error instanceof TerraformFailed && !error.retryable && error.code !== 'VENDOR_AUTH_FAILED';
  }

  async #remove(siteId: string): Promise<void> {
    const { convergence, connection, signal, onRemoved } = this.#parts;
    await this.#startApply();
    await this.#vendor(() => convergence.remove(siteId, connection, signal));
    onRemoved({ address: convergence.siteAddress, id: siteId, action: 'delete' });
  }

  async #removeBelow(object: VendorObject): Promise<void> {
    const { convergence, connection, signal, onRemoved } = this.#parts;
    await this.#startApply();
    await this.#vendor(() => convergence.removeBelow(object, connection, signal));
    onRemoved({ ...object, action: 'delete' });
  }

  /** Committed before anything of this run may change the vendor; it counts as one attempt. */
  async #startApply(): Promise<void> {
    if (this.#hasStartedApply) return this.#enter('applying');
    this.#hasStartedApply = true;
    this.#phase = 'applying';
    await this.#parts.work.applyStarted(this.#parts.claim);
  }

  async #enter(phase: OperationPhase): Promise<void> {
    if (this.#phase === phase) return;
    this.#phase = phase;
    await this.#parts.work.enterPhase(this.#parts.claim, phase);
  }

  async #storedOutputs(): Promise<Record<string, unknown>> {
    const { claim, convergence, state } = this.#parts;
    const content = await state.read(claim);
    const { outputs } = State.parse(content === undefined ? {} : JSON.parse(content.toString('utf8')));
    return convergence.outputs(
      Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value])),
    );
  }

  async #vendor<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof VendorFaultError) {
        throw new VendorCallFailed(error.fault, { redact: this.#parts.redact, cause: error });
      }
      throw error;
    }
  }
}
