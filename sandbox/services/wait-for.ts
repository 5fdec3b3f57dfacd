import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  /** What is waited for, as the message of a timeout names it. */
  what: string;
  timeoutMs: number;
  intervalMs?: number;
  signal?: AbortSignal | undefined;
}

/** Asks again and again until the answer is neither false nor undefined, and gives that answer. */
export async function waitFor<Answer>(
  ask: () => Promise<Answer | false | undefined> | Answer | false | undefined,
  { what, timeoutMs, intervalMs = 50, signal }: WaitOptions,
): Promise<Answer> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    const answer = await ask();
    if (answer !== false && answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`${what} took longer than ${timeoutMs / 1000} s`);
    await delay(intervalMs, undefined, signal ? { signal } : {});
  }
}
