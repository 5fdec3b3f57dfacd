import { z } from 'zod';
import type { AppliedObject } from '@app/ledger';
import type { ChangeCounts } from '@app/contracts';

/** What a plan does to one object. */
export interface PlannedChange {
  address: string;
  action: 'create' | 'update' | 'delete' | 'replace';
}

/** An error of Terraform's or of a provider's. May hold secrets: redact before it goes anywhere. */
export interface Diagnostic {
  summary: string;
  detail: string;
  address: string | undefined;
}

/** What a process of Terraform said in its `-json` stream. */
export interface StreamSummary {
  planned: PlannedChange[];
  applied: AppliedObject[];
  errors: Diagnostic[];
  /** Present when Terraform printed values, which it does at the end of an apply that succeeded. */
  outputs: Record<string, unknown> | undefined;
  /** Lines that are not JSON, e.g. of commands that have no `-json` or of a crash. May hold secrets. */
  text: string;
  /** Moments of the stream's own clock, in milliseconds: its first line, the end of planning, its last line. */
  startedAt: number | undefined;
  plannedAt: number | undefined;
  endedAt: number | undefined;
}

const MAX_TEXT = 64 * 1024;

const Resource = z.object({ addr: z.string() });
const Hook = z.object({
  hook: z.object({ resource: Resource, action: z.string(), id_value: z.string().optional() }),
});
const Planned = z.object({ change: z.object({ resource: Resource, action: z.string() }) });
const Diagnosed = z.object({
  diagnostic: z.object({
    severity: z.string(),
    summary: z.string(),
    detail: z.string().default(''),
    address: z.string().optional(),
  }),
});
const Summarised = z.object({ changes: z.object({ operation: z.string() }) });
const Outputs = z.object({ outputs: z.record(z.string(), z.object({ value: z.unknown() })) });

const PLANNED_ACTIONS = new Set<string>(['create', 'update', 'delete', 'replace']);
const APPLIED_ACTIONS = new Set<string>(['create', 'update', 'delete']);
const isPlannedAction = (action: string): action is PlannedChange['action'] => PLANNED_ACTIONS.has(action);
const isAppliedAction = (action: string): action is AppliedObject['action'] => APPLIED_ACTIONS.has(action);

/** Reads the `-json` stream of one Terraform process as it comes, in pieces of any size. */
export class TerraformStream {
  readonly #summary: StreamSummary = {
    planned: [],
    applied: [],
    errors: [],
    outputs: undefined,
    text: '',
    startedAt: undefined,
    plannedAt: undefined,
    endedAt: undefined,
  };
  readonly #onApplied: (object: AppliedObject) => void;
  /** Ids by address: the line that says that an object is gone does not name its id. */
  readonly #ids = new Map<string, string>();
  #rest = '';

  constructor(onApplied: (object: AppliedObject) => void = () => {}) {
    this.#onApplied = onApplied;
  }

  push(piece: string): void {
    const lines = (this.#rest + piece).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
  }

  /** The whole stream was pushed. */
  end(): StreamSummary {
    if (this.#rest !== '') this.#line(this.#rest);
    this.#rest = '';
    return this.#summary;
  }

  #line(line: string): void {
    const message = line.startsWith('{') ? parseObject(line) : undefined;
    if (message === undefined) {
      if (this.#summary.text.length < MAX_TEXT) this.#summary.text += `${line}\n`;
      return;
    }
    const at = typeof message['@timestamp'] === 'string' ? Date.parse(message['@timestamp']) : NaN;
    if (!Number.isNaN(at)) {
      this.#summary.startedAt ??= at;
      this.#summary.endedAt = at;
    }
    this.#message(message, at);
  }

  #message(message: Record<string, unknown>, at: number): void {
    switch (message['type']) {
      case 'planned_change': {
        const { success, data } = Planned.safeParse(message);
        if (success && isPlannedAction(data.change.action)) {
          this.#summary.planned.push({ address: data.change.resource.addr, action: data.change.action });
        }
        return;
      }
      case 'apply_start': {
        const { success, data } = Hook.safeParse(message);
        if (success && data.hook.id_value !== undefined) {
          this.#ids.set(data.hook.resource.addr, data.hook.id_value);
        }
        return;
      }
      case 'apply_complete': {
        const { success, data } = Hook.safeParse(message);
        if (success && isAppliedAction(data.hook.action)) this.#applied(data.hook, data.hook.action);
        return;
      }
      case 'diagnostic': {
        const { success, data } = Diagnosed.safeParse(message);
        if (success && data.diagnostic.severity === 'error') {
          const { summary, detail, address } = data.diagnostic;
          this.#summary.errors.push({ summary, detail, address });
        }
        return;
      }
      case 'change_summary': {
        const { success, data } = Summarised.safeParse(message);
        if (success && data.changes.operation === 'plan') this.#summary.plannedAt = at;
        return;
      }
      case 'outputs': {
        const { success, data } = Outputs.safeParse(message);
        // A plan prints outputs without values.
        if (success && Object.values(data.outputs).every((output) => 'value' in output)) {
          this.#summary.outputs = Object.fromEntries(
            Object.entries(data.outputs).map(([name, output]) => [name, output.value]),
          );
        }
        return;
      }
      default:
    }
  }

  #applied(
    hook: { resource: { addr: string }; id_value?: string | undefined },
    action: AppliedObject['action'],
  ): void {
    const address = hook.resource.addr;
    const id = hook.id_value ?? this.#ids.get(address) ?? '';
    const object = { address, id, action };
    this.#summary.applied.push(object);
    this.#onApplied(object);
  }
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const message: Record<string, unknown> = JSON.parse(line);
    return message;
  } catch {
    return undefined;
  }
}

/** How many objects were added, changed, removed or replaced. Destroyed and created again is one replacement. */
export function countChanges(applied: readonly AppliedObject[]): ChangeCounts {
  const actions = new Map<string, Set<AppliedObject['action']>>();
  for (const { address, action } of applied) {
    const seen = actions.get(address) ?? new Set();
    actions.set(address, seen.add(action));
  }
  const counts: ChangeCounts = { add: 0, change: 0, remove: 0, replace: 0 };
  for (const seen of actions.values()) {
    if (seen.has('delete') && seen.has('create')) counts.replace += 1;
    else if (seen.has('create')) counts.add += 1;
    else if (seen.has('delete')) counts.remove += 1;
    else counts.change += 1;
  }
  return counts;
}
