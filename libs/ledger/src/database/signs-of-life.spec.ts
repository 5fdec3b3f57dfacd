import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SignsOfLife, SILENCE_MS } from './signs-of-life.js';

const sendSign = vi.fn<() => Promise<void>>();
beforeEach(() => {
  sendSign.mockReset().mockResolvedValue();
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const wait = (times: number) => vi.advanceTimersByTimeAsync(times * SILENCE_MS);

describe('the signs of life of a transaction', () => {
  it('come while its process waits for something else, often enough, and end with it', async () => {
    const elsewhere = Promise.withResolvers<string>();
    const work = SignsOfLife.during(sendSign, () => elsewhere.promise);
    await wait(3);
    expect(sendSign.mock.calls.length).toBeGreaterThanOrEqual(6);
    elsewhere.resolve('done');
    expect(await work).toBe('done');
    sendSign.mockClear();
    await wait(3);
    expect(sendSign).not.toHaveBeenCalled();
  });

  it('are not sent while a statement runs', async () => {
    const [answer, elsewhere] = [Promise.withResolvers<string>(), Promise.withResolvers<void>()];
    const work = SignsOfLife.during(sendSign, async (signs) => {
      expect(await signs.statement(() => answer.promise)).toBe('rows');
      await elsewhere.promise;
    });
    await wait(3);
    expect(sendSign).not.toHaveBeenCalled();
    answer.resolve('rows');
    await wait(1);
    expect(sendSign).toHaveBeenCalled();
    elsewhere.resolve();
    await work;
  });

  it.each([
    ['a statement', async (signs: SignsOfLife) => signs.statement(async () => 'done')],
    ['the end', async () => 'done'],
  ])('on their way go before %s', async (_name, go) => {
    const [sign, elsewhere] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    sendSign.mockReturnValue(sign.promise);
    let isDone = false;
    const work = SignsOfLife.during(sendSign, async (signs) => {
      await elsewhere.promise;
      return go(signs);
    }).then(() => (isDone = true));
    await wait(1);
    elsewhere.resolve();
    await wait(1);
    expect(isDone).toBe(false);
    sign.resolve();
    await work;
  });

  it('that cannot be sent disturb nothing: the next statement tells', async () => {
    sendSign.mockRejectedValue(new Error('the connection is gone'));
    const work = SignsOfLife.during(sendSign, async (signs) => {
      await wait(2);
      return signs.statement(() => Promise.reject(new Error('gone')));
    });
    await expect(work).rejects.toThrow('gone');
  });
});
