import type { ErrorCode } from '@app/contracts';
import type { EndpointAnswers } from './headers.js';

/** How every mutation that starts an operation answers. */
export const mutationAnswers: EndpointAnswers = {
  200: {
    description:
      'With `Prefer: wait`, the operation (or the one that superseded it), final. ' +
      'When nothing was to be changed, the site with `changed: false`.',
    schema: 'MutationResult',
    headers: ['Location', 'Preference-Applied', 'ETag'],
  },
  202: {
    description: 'Accepted: the operation that will do it.',
    schema: 'Operation',
    headers: ['Location', 'Preference-Applied'],
  },
};

export const mutationProblems: readonly ErrorCode[] = [
  'NOT_FOUND',
  'PRECONDITION_FAILED',
  'IDEMPOTENCY_KEY_REUSED',
  'IDEMPOTENCY_KEY_IN_USE',
  'NOT_YET_SUPPORTED',
];
