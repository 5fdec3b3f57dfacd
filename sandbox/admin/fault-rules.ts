import { Changes } from './changes.js';
import { seededRandom } from './random.js';

export const FAULT_EFFECTS = [
  'status',
  'reset_before',
  'reset_after',
  'graphql_error',
  'malformed',
  'hang',
  'hang_after',
  'delay',
] as const;

export type FaultEffect = (typeof FAULT_EFFECTS)[number];

export interface FaultSpec {
  vendor: string;
  account?: string | undefined;
  /** An API operation, or `*` for every one. */
  operation: string;
  /** The first matching call, counted from 1, that the rule may hit. */
  nth?: number | undefined;
  times?: number | undefined;
  probability?: number | undefined;
  seed?: number | undefined;
  effect: FaultEffect;
  status?: number | undefined;
  message?: string | undefined;
  delayMs?: number | undefined;
}

export interface FaultTarget {
  vendor: string;
  account: string;
  operations: readonly string[];
  /** What the vendor does after its answer: `*` means calls, so this has to be named. */
  isBehindCall?: boolean;
}

/** One rule and what became of it. `fired` counts effects that are complete, so who awaits it sees what they left. */
export class FaultRule {
  matched = 0;
  fired = 0;
  #claimed = 0;
  readonly id: string;
  readonly spec: FaultSpec;
  readonly #random: () => number;
  readonly #times: number;

  constructor(id: string, spec: FaultSpec) {
    this.id = id;
    this.spec = spec;
    this.#random = seededRandom(spec.seed ?? 1);
    const isOneCall = spec.nth !== undefined && spec.probability === undefined;
    this.#times = spec.times ?? (isOneCall ? 1 : Number.POSITIVE_INFINITY);
  }

  matches(target: FaultTarget): boolean {
    const { vendor, account, operation } = this.spec;
    if (vendor !== target.vendor) return false;
    if (account !== undefined && account !== target.account) return false;
    if (operation === '*') return target.isBehindCall !== true;
    return target.operations.includes(operation);
  }

  /** Claims one of the rule's times for the call that was just counted. */
  claim(): boolean {
    const { nth = 1, probability = 1 } = this.spec;
    if (this.matched < nth || this.#claimed >= this.#times) return false;
    if (probability < 1 && this.#random() >= probability) return false;
    this.#claimed += 1;
    return true;
  }
}

export class FaultRules {
  readonly changes = new Changes();
  readonly #rules = new Map<string, FaultRule>();
  #sequence = 0;

  add(spec: FaultSpec): FaultRule {
    this.#sequence += 1;
    const rule = new FaultRule(`fault-${this.#sequence}`, spec);
    this.#rules.set(rule.id, rule);
    return rule;
  }

  get(id: string): FaultRule | undefined {
    return this.#rules.get(id);
  }

  list(): FaultRule[] {
    return [...this.#rules.values()];
  }

  remove(id: string): boolean {
    return this.#rules.delete(id);
  }

  clear(): void {
    this.#rules.clear();
  }

  /** Every rule counts the call; the oldest one that hits decides. */
  decide(target: FaultTarget): FaultRule | undefined {
    let decided: FaultRule | undefined;
    for (const rule of this.#rules.values()) {
      if (!rule.matches(target)) continue;
      rule.matched += 1;
      if (decided === undefined && rule.claim()) decided = rule;
    }
    if (this.#rules.size > 0) this.changes.notify();
    return decided;
  }

  fired(rule: FaultRule): void {
    rule.fired += 1;
    this.changes.notify();
  }
}
