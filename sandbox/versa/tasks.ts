import type { Facilities } from '../admin/facilities.js';
import type { FaultRule } from '../admin/fault-rules.js';
import type { VersaSettings } from './settings.js';
import type { AccountStore, Template, VersaStore } from './store.js';
import { applyTask } from './task-effects.js';
import type { Task, TaskKind } from './task.js';

export const VENDOR = 'versa';

/** A client that polls for longer than this many later tasks has lost its own. */
const KEPT_TASKS = 5000;
const LOCK_DENIED = 'lock-denied';

export interface TaskRequest {
  kind: TaskKind;
  name: string;
  devices: string[];
  template?: Template;
  mode?: Task['mode'];
}

interface TasksOptions {
  facilities: Facilities;
  store: VersaStore;
  settings: () => VersaSettings;
  changed: () => void;
}

/**
 * Work that the Director does after its answer. No timer runs: whoever looks settles first what has become due on the
 * sandbox's clock, in the order in which the tasks were made.
 */
export class Tasks {
  readonly #facilities: Facilities;
  readonly #store: VersaStore;
  readonly #settings: () => VersaSettings;
  readonly #changed: () => void;

  constructor({ facilities, store, settings, changed }: TasksOptions) {
    this.#facilities = facilities;
    this.#store = store;
    this.#settings = settings;
    this.#changed = changed;
  }

  start(account: AccountStore, request: TaskRequest): Task {
    const { kind, name, devices, template, mode = 'overwrite' } = request;
    const { taskMs, taskPerDeviceMs, commitLock } = this.#settings();
    const now = this.#facilities.clock.now();
    const task: Task = {
      id: this.#store.nextTaskId(),
      kind,
      name,
      devices,
      template: template?.name ?? null,
      mode,
      status: 'IN_PROGRESS',
      createdAt: now,
      startedAt: null,
      durationMs: taskMs + taskPerDeviceMs * devices.length,
      finishedAt: null,
      ordered: [],
      failsAfterwards: false,
      heldBy: null,
      messages: [],
      failures: [],
    };
    account.tasks.set(task.id, task);
    this.#misbehave(account, task);
    const holder = template && this.lockHolder(account, template);
    if (holder !== undefined && commitLock === 'fail') {
      task.startedAt = now;
      end(task, now, [
        { device: null, code: LOCK_DENIED, message: `${template?.name} is locked by ${holder}` },
      ]);
    } else {
      account.activeTasks.add(task);
      this.settle(account);
    }
    this.#forgetOldest(account);
    return task;
  }

  /** Who keeps others from committing or editing a template now. */
  lockHolder(account: AccountStore, template: Template): string | undefined {
    this.settle(account);
    const commit = [...account.activeTasks].find((task) => task.template === template.name);
    return template.lockedBy ?? (commit && `task ${commit.id}`);
  }

  /** The task that works on a device now. */
  activeTaskOf(account: AccountStore, device: string): Task | undefined {
    this.settle(account);
    return [...account.activeTasks].find(
      ({ kind, devices }) => kind !== 'commit' && devices.includes(device),
    );
  }

  settle(account: AccountStore): void {
    if (account.activeTasks.size === 0) return;
    const now = this.#facilities.clock.now();
    const busyUntil = new Map<string, number>();
    const locked = new Set<string>();
    for (const task of account.activeTasks) {
      const { template } = task;
      if (task.startedAt === null) {
        const lockedBy = template === null ? null : account.templates.get(template)?.lockedBy;
        if (template !== null && (locked.has(template) || typeof lockedBy === 'string')) {
          this.#wait(task, now);
          locked.add(template);
          continue;
        }
        const free = template === null ? undefined : busyUntil.get(template);
        task.startedAt = Math.max(task.createdAt, free ?? (task.messages.length > 0 ? now : 0));
        task.messages.push({ message: `${task.name}: started`, at: task.startedAt });
        this.#changed();
      }
      const dueAt = task.startedAt + task.durationMs;
      if (now < dueAt || this.#isHeld(task)) {
        if (template !== null) locked.add(template);
        continue;
      }
      this.#finish(account, task, dueAt);
      if (template !== null) busyUntil.set(template, dueAt);
    }
  }

  #wait(task: Task, now: number): void {
    if (task.messages.length > 0) return;
    task.messages.push({ message: `${task.name}: waiting for the template's lock`, at: now });
    this.#changed();
  }

  #isHeld({ heldBy }: Task): boolean {
    return heldBy !== null && this.#facilities.faults.get(heldBy) !== undefined;
  }

  #finish(account: AccountStore, task: Task, at: number): void {
    const isDoomed = task.ordered.some(({ device }) => device === null);
    const isAllOrNothing = this.#settings().taskFailures === 'task';
    const undo = account.checkpoint(isAllOrNothing ? task.devices : []);
    let failures = [...task.ordered];
    for (const device of task.devices) {
      if (!task.failsAfterwards && (isDoomed || task.ordered.some((one) => one.device === device))) continue;
      const outcome = applyTask(account, task, device);
      if (outcome) failures.push({ device, ...outcome });
    }
    if (isAllOrNothing && failures.length > 0) {
      undo();
      failures = failures.slice(0, 1).map((failure) => ({ ...failure, device: null }));
    }
    account.activeTasks.delete(task);
    end(task, at, failures);
    this.#changed();
  }

  /** Faults are decided at the start: what happens behind a call cannot be waited for by the call. */
  #misbehave(account: AccountStore, task: Task): void {
    const operation = `task:${task.kind}`;
    this.#decide(account, task, operation, null);
    for (const device of task.devices) this.#decide(account, task, `${operation}:${device}`, device);
  }

  #decide(account: AccountStore, task: Task, operation: string, device: string | null): void {
    const { faults } = this.#facilities;
    const target = { vendor: VENDOR, account: account.id, operations: [operation], isBehindCall: true };
    const rule = faults.decide(target);
    if (!rule) return;
    order(task, rule, device);
    faults.fired(rule);
  }

  #forgetOldest(account: AccountStore): void {
    if (account.tasks.size <= KEPT_TASKS) return;
    for (const task of account.tasks.values()) {
      if (task.status === 'IN_PROGRESS') continue;
      account.tasks.delete(task.id);
      return;
    }
  }
}

function order(task: Task, { id, spec }: FaultRule, device: string | null): void {
  switch (spec.effect) {
    case 'delay':
      task.durationMs += spec.delayMs ?? 0;
      return;
    case 'hang':
    case 'hang_after':
      task.heldBy = id;
      return;
    case 'reset_after':
      task.failsAfterwards = true;
      break;
    case 'status':
    case 'graphql_error':
    case 'malformed':
    case 'reset_before':
      break;
  }
  task.ordered.push({ device, code: '4500', message: spec.message ?? 'the device did not answer' });
}

function end(task: Task, at: number, failures: Task['failures']): void {
  task.status = failures.length === 0 ? 'COMPLETED' : 'FAILED';
  task.finishedAt = at;
  task.failures = failures;
  task.messages.push({ message: `${task.name}: ${task.status.toLowerCase()}`, at });
}
