import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultRule, FaultRules, FaultTarget } from './fault-rules.js';
import type { HeldCalls } from './held-calls.js';
import type { Latency } from './latency.js';

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** How a vendor says that something went wrong. */
export interface Dialect {
  /** An answer with an HTTP status that says failure. */
  failed(status: number, message: string | undefined, target: FaultTarget): Answer;
  /** The failure that hides in an answer with status 200. */
  refusedWithin200(message: string | undefined, target: FaultTarget): Answer;
}

export function send(response: ServerResponse, { status, headers, body }: Answer): void {
  if (response.destroyed) return;
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** One call that the vendor has let in: latency, then the fault that a rule wants, else the true answer. */
export class Exchange {
  readonly #faults: FaultRules;
  readonly #held: HeldCalls;
  readonly #latency: Latency;

  constructor(faults: FaultRules, held: HeldCalls, latency: Latency) {
    this.#faults = faults;
    this.#held = held;
    this.#latency = latency;
  }

  async answer(
    target: FaultTarget,
    response: ServerResponse,
    dialect: Dialect,
    work: () => Answer,
  ): Promise<void> {
    const rule = this.#faults.decide(target);
    const latencyMs = this.#latency.sampleMs(target.vendor, target.operations);
    if (latencyMs > 0) await sleep(latencyMs);
    if (rule === undefined) {
      send(response, work());
      return;
    }
    await this.#misbehave(rule, target, response, dialect, work);
    this.#faults.fired(rule);
  }

  async #misbehave(
    { id, spec }: FaultRule,
    target: FaultTarget,
    response: ServerResponse,
    dialect: Dialect,
    work: () => Answer,
  ): Promise<void> {
    switch (spec.effect) {
      case 'status':
        return send(response, dialect.failed(spec.status ?? 500, spec.message, target));
      case 'graphql_error':
        return send(response, dialect.refusedWithin200(spec.message, target));
      case 'reset_before':
        return reset(response);
      case 'reset_after':
        work();
        return reset(response);
      case 'hang':
        return this.#held.hold(id, response);
      case 'hang_after':
        work();
        return this.#held.hold(id, response);
      case 'malformed': {
        const answer = work();
        return send(response, { ...answer, body: answer.body.slice(0, Math.ceil(answer.body.length / 2)) });
      }
      case 'delay':
        if (spec.delayMs) await sleep(spec.delayMs);
        return send(response, work());
    }
  }
}

function reset(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}
