import { Lifecycle } from '@app/runtime';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Refusal } from '../testing/fakes.js';
import { FirstAdminKey, type AdminKeys } from './first-admin-key.js';

class FakeAdminKeys implements AdminKeys {
  readonly asked: (string | undefined)[] = [];
  failures: Error[] = [];
  isThereOne = false;

  ensureAdmin(given: string | undefined): Promise<string | undefined> {
    this.asked.push(given);
    const failure = this.failures.shift();
    if (failure !== undefined) return Promise.reject(failure);
    return Promise.resolve(given === undefined && !this.isThereOne ? 'sw_made' : undefined);
  }
}

const keys = () => new FakeAdminKeys();
const start = (fake: FakeAdminKeys, given?: string) => {
  const shown: string[] = [];
  const lifecycle = new Lifecycle();
  const first = new FirstAdminKey(fake, { given, show: (key) => shown.push(key) }, lifecycle);
  first.onApplicationBootstrap();
  return { shown, first, lifecycle };
};

describe('the first admin key', () => {
  beforeEach(() => {
    Logger.overrideLogger(false);
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each<[string, string | undefined, boolean, string[]]>([
    ['is shown when it had to be made', undefined, false, ['sw_made']],
    ['is not shown when it was given', 'sw_given', false, []],
    ['is not made when there is one', undefined, true, []],
  ])('%s', async (_name, given, isThereOne, expected) => {
    const fake = keys();
    fake.isThereOne = isThereOne;
    const { shown, first } = start(fake, given);
    await first.onApplicationShutdown();
    expect(fake.asked).toEqual([given]);
    expect(shown).toEqual(expected);
  });

  it('waits for a database that is away', async () => {
    const fake = keys();
    fake.failures = [new Refusal('DATABASE_UNAVAILABLE'), new Error('no such table')];
    const { shown, first } = start(fake);
    await vi.runAllTimersAsync();
    await first.onApplicationShutdown();
    expect(fake.asked).toHaveLength(3);
    expect(shown).toEqual(['sw_made']);
  });

  it('does not keep a process from stopping', async () => {
    vi.useRealTimers();
    const fake = keys();
    fake.failures = Array.from({ length: 100 }, () => new Refusal('DATABASE_UNAVAILABLE'));
    const { first, lifecycle } = start(fake);
    lifecycle.beginDrain();
    await first.onApplicationShutdown();
    expect(fake.asked).toHaveLength(1);
  });
});
