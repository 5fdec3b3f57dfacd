import { describe, expect, it } from 'vitest';
import { Running } from './running.js';

const stoppable = (name: string, log: string[]) => ({
  stop: () => {
    log.push(name);
    return Promise.resolve();
  },
});

describe('Running', () => {
  it('stops services before the sandbox and the sandbox before the infrastructure', async () => {
    const log: string[] = [];
    const running = new Running();
    for (const layer of ['infrastructure', 'services', 'sandbox'] as const) {
      await running.keep(layer, Promise.resolve(stoppable(layer, log)));
    }
    expect(await running.stopAll()).toEqual([]);
    expect(log).toEqual(['services', 'sandbox', 'infrastructure']);
  });

  it('stops what was still starting when the stop was asked for', async () => {
    const log: string[] = [];
    const running = new Running();
    const { promise, resolve } = Promise.withResolvers<ReturnType<typeof stoppable>>();
    void running.keep('infrastructure', promise);
    const stopping = running.stopAll();
    resolve(stoppable('database', log));
    await stopping;
    expect(log).toEqual(['database']);
  });

  it('has nothing to stop of a start that failed, and goes on after a stop that fails', async () => {
    const log: string[] = [];
    const running = new Running();
    const broken = new Error('broken');
    await expect(running.keep('services', Promise.reject(broken))).rejects.toThrow(broken);
    await running.keep('sandbox', Promise.resolve({ stop: () => Promise.reject(broken) }));
    await running.keep('infrastructure', Promise.resolve(stoppable('database', log)));
    expect(await running.stopAll()).toEqual([broken]);
    expect(log).toEqual(['database']);
  });
});
