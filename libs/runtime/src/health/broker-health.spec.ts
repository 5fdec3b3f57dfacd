import { describe, expect, it } from 'vitest';
import type { SlotState } from '../messaging/consumer-slot.js';
import type { BrokerState } from '../messaging/broker.js';
import { brokerVerdict } from './broker-health.js';

const connected = { phase: 'connected', blocked: undefined, lastError: undefined } as const;
const away = { phase: 'connecting', blocked: undefined, lastError: 'ECONNREFUSED' } as const;
const publisher = { isAvailable: true, inFlight: 0, lastConfirmAt: undefined };
const slot = (phase: SlotState['phase'], isBusy = false): SlotState => ({ phase, isBusy });

const state = (slots: SlotState[] | undefined, changes: Partial<BrokerState> = {}): BrokerState => ({
  publish: { ...connected, ...publisher },
  consume: slots && connected,
  subscriptions: slots ? [{ queue: 'q', slots }] : [],
  isDraining: false,
  isHolding: false,
  ...changes,
});

describe('the health of a service at the broker', () => {
  it.each<[string, BrokerState, boolean]>([
    ['a publisher that is connected', state(undefined), true],
    [
      'a publisher without connection',
      state(undefined, { publish: { ...away, ...publisher, isAvailable: false } }),
      false,
    ],
    [
      'a publisher that is blocked',
      state(undefined, { publish: { ...connected, blocked: 'memory', ...publisher, isAvailable: false } }),
      false,
    ],
    ['a worker whose slots all consume', state([slot('consuming'), slot('consuming', true)]), true],
    ['a worker that lost a channel and finishes its job', state([slot('finishing', true)]), true],
    ['a worker with one slot not consuming', state([slot('consuming'), slot('connecting')]), false],
    ['a worker that holds deliveries', state([slot('held')]), false],
    ['a worker that has not begun to consume', state([]), false],
    ['a worker without a connection to consume', state([slot('consuming')], { consume: away }), false],
  ])('%s', (_name, given, expected) => {
    expect(brokerVerdict(given).isHealthy).toBe(expected);
  });
});
