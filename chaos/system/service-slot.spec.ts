import { describe, expect, it } from 'vitest';
import { ServiceSlot } from './service-slot.js';

describe('a service slot', () => {
  it('whose service cannot be started tries again until its time is over, and lets others work meanwhile', async () => {
    let tries = 0;
    const refuse = () => {
      tries += 1;
      return Promise.reject(new Error('the system is closed'));
    };
    const slot = new ServiceSlot('gateway', refuse, 250);
    let isOver = false;
    const starting = slot.start().finally(() => (isOver = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isOver).toBe(false);
    await expect(starting).rejects.toThrow('the system is closed');
    expect(tries).toBeGreaterThan(1);
    expect(tries).toBeLessThan(10);
  });
});
