import { expect, it } from 'vitest';
import { SlidingWindows } from './sliding-windows.js';

const limits = [
  { calls: 2, windowMs: 100 },
  { calls: 3, windowMs: 1000 },
];

it('says how long to wait, counts refused calls and keeps every window', () => {
  let now = 0;
  const windows = new SlidingWindows(() => now);
  const take = () => windows.take('key', limits);
  expect(take().isAdmitted).toBe(true);
  now = 10;
  expect(take().isAdmitted).toBe(true);
  now = 50;
  expect(take()).toEqual({ isAdmitted: false, retryAfterMs: 950 });
  now = 500;
  expect(take().isAdmitted).toBe(false);
  now = 1050;
  expect(take().isAdmitted).toBe(true);
});

it('keys do not know of each other, and a reset forgets all', () => {
  const windows = new SlidingWindows(() => 0);
  const one = [{ calls: 1, windowMs: 100 }];
  expect(windows.take('a', one).isAdmitted).toBe(true);
  expect(windows.take('b', one).isAdmitted).toBe(true);
  expect(windows.take('a', one).isAdmitted).toBe(false);
  windows.reset();
  expect(windows.take('a', one).isAdmitted).toBe(true);
});
