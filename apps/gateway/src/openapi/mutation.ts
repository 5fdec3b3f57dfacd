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
  'UNSUPPORTED_FOR_VENDOR',
];

/** How a mutation of several devices answers, and a removal: always with an operation. */
export const batchAnswers: EndpointAnswers = {
  200: {
    description: 'With `Prefer: wait`, the operation (or the one that superseded it), final.',
    schema: 'Operation',
    headers: ['Location', 'Preference-Applied'],
  },
  202: {
    description: 'Accepted: the operation that will do it.',
    schema: 'Operation',
    headers: ['Location', 'Preference-Applied'],
  },
};

export const deviceAnswers: EndpointAnswers = {
  ...batchAnswers,
  200: {
    description:
      'With `Prefer: wait`, the operation (or the one that superseded it), final. ' +
      'When nothing was to be changed, the device with `changed: false`.',
    schema: 'DeviceMutationResult',
    headers: ['Location', 'Preference-Applied', 'ETag'],
  },
};

export const deviceProblems: readonly ErrorCode[] = [
  'NOT_FOUND',
  'IDEMPOTENCY_KEY_REUSED',
  'IDEMPOTENCY_KEY_IN_USE',
  'UNSUPPORTED_FOR_VENDOR',
  'SITE_DELETING',
  'SITE_NOT_READY',
];
