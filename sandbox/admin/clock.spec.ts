import { expect, it } from 'vitest';
import { SandboxClock } from './clock.js';

it('runs at its scale, keeps its place when that changes, and can be moved and reset', () => {
  let real = 1000;
  const clock = new SandboxClock({ realNow: () => real });
  expect(clock.now()).toBe(1000);
  clock.setScale(60);
  real += 10;
  expect(clock.now()).toBe(1600);
  expect(clock.realMs(600)).toBe(10);
  clock.setScale(2);
  real += 10;
  expect(clock.now()).toBe(1620);
  clock.advance(5000);
  expect(clock.now()).toBe(6620);
  clock.reset();
  expect(clock.now()).toBe(1020);
  expect(clock.scale).toBe(1);
});
