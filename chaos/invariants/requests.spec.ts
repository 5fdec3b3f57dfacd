import { must, violates } from '../testing/break-it.js';
import { submission } from '../testing/quiet-snapshot.js';

violates('accepted requests', [
  [
    'an accepted operation that has not ended',
    /has not ended/,
    ({ snapshot }) => {
      must(snapshot.operations[0]).status = 'pending';
    },
  ],
  [
    'an accepted operation that is gone',
    /is not there/,
    ({ snapshot }) => {
      snapshot.operations.shift();
    },
  ],
  [
    'a repeated request that was answered with two operations',
    /several operations/,
    ({ submissions }) => {
      must(submissions[0]).answers.push({ status: 202, operationId: 'operation-2', code: undefined });
    },
  ],
  [
    'a repeated request that made two operations',
    /has several operations/,
    ({ snapshot }) => {
      must(snapshot.operations[1]).idempotencyKey = 'key-1';
    },
  ],
  [
    'a request that nobody answered',
    /never answered/,
    ({ submissions }) => {
      must(submissions[0]).isGivenUp = true;
    },
  ],
  [
    'a request that was refused for no reason',
    /answered 400 VALIDATION_FAILED/,
    ({ submissions }) => {
      submissions.push(
        submission({
          key: 'other',
          answers: [{ status: 400, operationId: undefined, code: 'VALIDATION_FAILED' }],
        }),
      );
    },
  ],
  [
    'devices that were refused for no reason',
    /answered 422 VALIDATION_FAILED/,
    ({ submissions }) => {
      const answer = { status: 422, operationId: undefined, code: 'VALIDATION_FAILED' };
      submissions.push(submission({ key: 'other', isOfDevices: true, answers: [answer] }));
    },
  ],
]);
