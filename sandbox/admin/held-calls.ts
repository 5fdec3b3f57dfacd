import type { ServerResponse } from 'node:http';

/** Calls that a fault keeps without an answer, by the rule that caught them. */
export class HeldCalls {
  readonly #held = new Map<string, Set<ServerResponse>>();

  hold(ruleId: string, response: ServerResponse): void {
    let calls = this.#held.get(ruleId);
    if (!calls) this.#held.set(ruleId, (calls = new Set()));
    calls.add(response);
    response.once('close', () => {
      calls.delete(response);
      if (calls.size === 0) this.#held.delete(ruleId);
    });
  }

  count(ruleId: string): number {
    return this.#held.get(ruleId)?.size ?? 0;
  }

  /** There is no answer to give any more: the clients see their connection close. */
  release(ruleId: string): void {
    for (const response of this.#held.get(ruleId) ?? []) response.destroy();
  }

  releaseAll(): void {
    for (const ruleId of this.#held.keys()) this.release(ruleId);
  }
}
