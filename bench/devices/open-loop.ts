import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../measure/statistics.js';

export interface OpenLoopOptions {
  durationMs: number;
  intervalMs: number;
  /** Requests in the air; what is due beyond that waits with the client. */
  atATime?: number;
}

/** How far the client was behind its plan: what waits with it, the system has not been asked for yet. */
export interface OpenLoopReport {
  sent: number;
  durationMs: number;
  /** From when a request was due to when it was sent. */
  lateP95Ms: number;
  /** The most requests that were due and not sent. */
  mostWaiting: number;
}

/** As many as a gateway with its ten database connections serves without any waiting long for one. */
const AT_A_TIME = 16;

/**
 * Sends requests at an even rate whatever the answers take, so many at a time at most: one that is due when all are
 * in the air is sent as soon as one of them is answered. All that fall due within the duration are sent.
 */
export async function openLoop(
  { durationMs, intervalMs, atATime = AT_A_TIME }: OpenLoopOptions,
  send: (number: number) => Promise<unknown>,
): Promise<OpenLoopReport> {
  const startedAt = performance.now();
  const latenesses: number[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let number = next++; number * intervalMs < durationMs; number = next++) {
      const dueMs = startedAt + number * intervalMs - performance.now();
      if (dueMs > 0) await sleep(dueMs);
      latenesses.push(Math.max(performance.now() - startedAt - number * intervalMs, 0));
      await send(number);
    }
  };
  await Promise.all(Array.from({ length: atATime }, worker));
  const latest = latenesses.reduce((most, late) => Math.max(most, late), 0);
  return {
    sent: latenesses.length,
    durationMs: performance.now() - startedAt,
    lateP95Ms: percentile(latenesses, 0.95),
    mostWaiting: Math.floor(latest / intervalMs),
  };
}
