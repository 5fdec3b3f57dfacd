import { isFinal } from '@app/contracts';
import { isAccepted, isSettled, type Submission, type SubmissionAnswer } from '../load/submission.js';
import type { Evidence, Violation } from '../snapshot.js';

const INVARIANT = 'accepted requests';

/** Statuses that a client of the load may get for good: there is no such site, it is going, the vendor cannot. */
const ALLOWED = new Set([200, 202, 404, 409, 412, 422]);

/** Why devices may be refused for good: no such site or device, it is going, it is not there and not on its way. */
const ALLOWED_FOR_DEVICES = new Set<string | undefined>(['NOT_FOUND', 'SITE_DELETING', 'SITE_NOT_READY']);

const isRight = ({ isOfDevices }: Submission, answer: SubmissionAnswer): boolean =>
  isOfDevices && isSettled(answer) && !isAccepted(answer)
    ? ALLOWED_FOR_DEVICES.has(answer.code)
    : ALLOWED.has(answer.status);

/** Every accepted request ends, and one that was repeated with its key is one request. */
export function checkRequests({ snapshot, submissions }: Evidence): Violation[] {
  const operations = new Map(snapshot.operations.map((operation) => [operation.id, operation]));
  return submissions.flatMap((submission) => {
    const complain = complaints(submission);
    const accepted = submission.answers.filter(isAccepted);
    const ids = new Set(accepted.flatMap(({ operationId }) => operationId ?? []));
    const ofKey = snapshot.operations.filter(({ idempotencyKey }) => idempotencyKey === submission.key);
    const unexpected = submission.answers.filter(
      (answer) => answer.status < 500 && !isRight(submission, answer),
    );
    return [
      ...(submission.isGivenUp ? [complain('was never answered', [])] : []),
      ...unexpected.map(({ status, code }) => complain(`was answered ${status} ${code ?? ''}`, [])),
      ...(ids.size > 1 ? [complain('was answered with several operations', [...ids])] : []),
      ...(ofKey.length > 1
        ? [
            complain(
              'has several operations',
              ofKey.map(({ id }) => id),
            ),
          ]
        : []),
      ...[...ids].flatMap((id) => {
        const operation = operations.get(id);
        if (operation === undefined)
          return [complain('was accepted with an operation that is not there', [id])];
        return isFinal(operation.status) ? [] : [complain(`has not ended: it is ${operation.status}`, [id])];
      }),
    ];
  });
}

const complaints =
  ({ method, path, key }: Submission) =>
  (what: string, ids: string[]): Violation => ({
    invariant: INVARIANT,
    message: `${method} ${path} ${what}`,
    ids: [key, ...ids],
  });
