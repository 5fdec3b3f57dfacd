import { describe, expect, it } from 'vitest';
import { AppError } from '../errors/app-error.js';
import { MessageRejected } from './errors.js';
import { type DeliveryOutcome, type Settlement, settlementFor } from './settlement.js';

class DatabaseAway extends AppError {
  readonly code = 'DATABASE_UNAVAILABLE';
}
class VendorAway extends AppError {
  readonly code = 'VENDOR_UNAVAILABLE';
  constructor() {
    super('away', { retryable: true });
  }
}
const away = new DatabaseAway('no connection', { retryable: true });
const failed = (error: unknown, canHold = true, wasInterrupted = false): DeliveryOutcome => ({
  kind: 'failed',
  error,
  canHold,
  wasInterrupted,
});

describe('settlement of a delivery', () => {
  it.each<[string, DeliveryOutcome, Settlement]>([
    ['a handler that returned is acked', { kind: 'handled' }, 'ack'],
    ['what arrived after the drain began goes back', { kind: 'not_started' }, 'requeue'],
    ['without the database the delivery is held', failed(away), 'hold'],
    ['held for too long, or draining, it goes back', failed(away, false), 'requeue'],
    ['interrupted without the database, it goes back', failed(away, false, true), 'requeue'],
    ['not JSON is dead-lettered', failed(new MessageRejected('not_json')), 'reject'],
    ['an unknown type is dead-lettered', failed(new MessageRejected('unknown_type')), 'reject'],
    ['what the schema refuses is dead-lettered', failed(new MessageRejected('schema_refused')), 'reject'],
    ['a bug is dead-lettered', failed(new TypeError('x is undefined')), 'reject'],
    ['a thrown string is dead-lettered', failed('oops'), 'reject'],
    ['a retryable error that escaped is dead-lettered', failed(new VendorAway()), 'reject'],
    ['a bug while draining is dead-lettered', failed(new TypeError('x'), false), 'reject'],
    ['what we interrupted goes back', failed(new Error('aborted'), false, true), 'requeue'],
  ])('%s', (_name, outcome, expected) => {
    expect(settlementFor(outcome)).toBe(expected);
  });
});
