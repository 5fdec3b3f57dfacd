import { must, violates } from '../testing/break-it.js';
import { operation } from '../testing/quiet-snapshot.js';

violates('endings', [
  [
    'an error of ours',
    /INTERNAL/,
    ({ snapshot }) => {
      must(snapshot.operations[2]).error = { code: 'INTERNAL', message: 'a bug', retryable: false };
    },
  ],
  [
    'a failure without a reason',
    /failed for good/,
    ({ snapshot }) => {
      must(snapshot.operations[2]).error = null;
    },
  ],
  [
    'a cancellation that nobody asked for',
    /cancelled by nobody/,
    ({ snapshot }) => {
      snapshot.operations.unshift(operation({ id: 'x', idempotencyKey: 'x', status: 'cancelled' }));
    },
  ],
  [
    'a deadline with another reason',
    /timed out with INTERNAL/,
    ({ snapshot }) => {
      const last = must(snapshot.operations[2]);
      last.status = 'timed_out';
      last.error = { code: 'INTERNAL', message: 'a bug', retryable: false };
    },
  ],
  [
    'a site that does not rest',
    /rests as updating/,
    ({ snapshot }) => {
      must(snapshot.resources[0]).phase = 'updating';
    },
  ],
  [
    'a ready site whose last operation failed',
    /it is ready, and its last operation failed/,
    ({ snapshot }) => {
      const last = must(snapshot.operations[0]);
      last.status = 'failed';
      last.error = { code: 'VENDOR_UNAVAILABLE', message: 'down', retryable: true };
    },
  ],
  [
    'a failed site whose last operation succeeded',
    /it is failed/,
    ({ snapshot }) => {
      must(snapshot.operations[2]).status = 'succeeded';
    },
  ],
  [
    'a newest revision that no operation took',
    /for revision 1, not 2/,
    ({ snapshot }) => {
      must(snapshot.operations[0]).revision = 1;
    },
  ],
]);
