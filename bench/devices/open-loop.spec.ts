import { describe, expect, it } from 'vitest';
import { openLoop } from './open-loop.js';

describe('openLoop', () => {
  it('sends everything that falls due, in order, never more at a time than it may', async () => {
    const sent: number[] = [];
    let inTheAir = 0;
    let most = 0;
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
    const report = openLoop({ durationMs: 20, intervalMs: 1, atATime: 3 }, async (number) => {
      sent.push(number);
      most = Math.max(most, ++inTheAir);
      if (number === 2) setTimeout(answer, 60);
      await answered;
      inTheAir -= 1;
    });
    expect(await report).toMatchObject({ sent: 20 });
    expect(most).toBe(3);
    expect(sent).toEqual(Array.from({ length: 20 }, (_, number) => number));
    expect((await report).mostWaiting).toBeGreaterThan(10);
  });
});
