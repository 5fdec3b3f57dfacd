import { expect, it } from 'vitest';
import { forEachOf, Slots } from './slots.js';

const never = new AbortController().signal;

it('so many at a time, in the order in which they came', async () => {
  const slots = new Slots(2);
  const begun: number[] = [];
  const gates = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
  const all = gates.map(({ promise }, index) =>
    slots.use(never, () => {
      begun.push(index);
      return promise;
    }),
  );
  await expect.poll(() => begun).toEqual([0, 1]);
  gates[1]?.resolve();
  await expect.poll(() => begun).toEqual([0, 1, 2]);
  for (const { resolve } of gates) resolve();
  await Promise.all(all);
  expect(begun).toEqual([0, 1, 2, 3]);
});

it('whoever gives up waiting leaves the queue', async () => {
  const slots = new Slots(1);
  const gate = Promise.withResolvers<void>();
  const first = slots.use(never, () => gate.promise);
  const controller = new AbortController();
  const second = slots.use(controller.signal, () => Promise.resolve('second'));
  const third = slots.use(never, () => Promise.resolve('third'));
  controller.abort(new Error('stopping'));
  await expect(second).rejects.toThrow('stopping');
  gate.resolve();
  await first;
  expect(await third).toBe('third');
});

it('a place is free again after a failure', async () => {
  const slots = new Slots(1);
  await expect(slots.use(never, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await slots.use(never, () => Promise.resolve('yes'))).toBe('yes');
});

it('work on a list ends what it has begun before it fails, and begins nothing more', async () => {
  const done: number[] = [];
  const gate = Promise.withResolvers<void>();
  const run = forEachOf([1, 2, 3, 4], 2, async (item) => {
    if (item === 1) throw new Error('one');
    await gate.promise;
    done.push(item);
  });
  gate.resolve();
  await expect(run).rejects.toThrow('one');
  expect(done).toEqual([2]);
});
