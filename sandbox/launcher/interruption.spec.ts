import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { listenForInterruption } from './interruption.js';

function keyboard() {
  const source = new EventEmitter();
  let time = 0;
  const interruption = listenForInterruption(source, () => time);
  return {
    steps: () => [interruption.stop, interruption.hurry, interruption.kill].map(({ aborted }) => aborted),
    send: (signal: NodeJS.Signals, at: number) => {
      time = at;
      source.emit(signal, signal);
    },
  };
}

describe('listenForInterruption', () => {
  it('stops, hurries and kills, one step with each key press', () => {
    const { steps, send } = keyboard();
    send('SIGINT', 0);
    expect(steps()).toEqual([true, false, false]);
    send('SIGINT', 1000);
    expect(steps()).toEqual([true, true, false]);
    send('SIGINT', 2000);
    expect(steps()).toEqual([true, true, true]);
  });

  it('takes what the terminal sends and npm repeats for one key press', () => {
    const { steps, send } = keyboard();
    for (const at of [0, 2, 5]) send('SIGINT', at);
    expect(steps()).toEqual([true, false, false]);
  });

  it.each(['SIGTERM', 'SIGHUP'] as const)('stops on %s', (signal) => {
    const { steps, send } = keyboard();
    send(signal, 0);
    expect(steps()).toEqual([true, false, false]);
  });
});
