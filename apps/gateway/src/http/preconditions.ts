import { PreconditionFailed, ValidationFailed } from './request-errors.js';

/** What `If-Match` and `If-None-Match` ask of the resource before it may be written. */
export interface WriteConditions {
  /** The revisions that the client knows; `any`: it must exist. Undefined: no condition. */
  ifMatch?: readonly number[] | 'any';
  mustNotExist: boolean;
}

const ENTITY_TAG = /^(?:W\/)?"[\x21\x23-\x7e]*"$/;
/** Our tags are revisions, and revisions start at 1; a tag that is not ours, or weak, can match none. */
const revisionOf = (tag: string): number => Number(/^"([1-9]\d{0,9})"$/.exec(tag)?.[1] ?? 0);

function ifMatchOf(header: string): readonly number[] | 'any' {
  if (header.trim() === '*') return 'any';
  const tags = header.split(',').map((tag) => tag.trim());
  if (!tags.every((tag) => ENTITY_TAG.test(tag))) {
    throw new ValidationFailed([{ path: 'If-Match', message: 'must be "<revision>" in quotes, or *' }]);
  }
  return tags.map(revisionOf);
}

/** Reads the two headers of a write. */
export function writeConditions(headers: {
  'if-match'?: string | undefined;
  'if-none-match'?: string | undefined;
}): WriteConditions {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
  if (ifNoneMatch !== undefined && ifNoneMatch.trim() !== '*') {
    throw new ValidationFailed([{ path: 'If-None-Match', message: 'can only be *' }]);
  }
  return {
    mustNotExist: ifNoneMatch !== undefined,
    ...(ifMatch !== undefined && { ifMatch: ifMatchOf(ifMatch) }),
  };
}

/** Throws `PreconditionFailed` when the conditions do not hold for a revision; undefined: there is no resource. */
export function assertConditions(conditions: WriteConditions, revision: number | undefined): void {
  if (conditions.mustNotExist && revision !== undefined) {
    throw new PreconditionFailed(`it exists already, at revision ${revision}`);
  }
  const { ifMatch } = conditions;
  if (ifMatch === undefined) return;
  if (revision === undefined) throw new PreconditionFailed('it does not exist');
  if (ifMatch !== 'any' && !ifMatch.includes(revision)) {
    throw new PreconditionFailed(`it is at revision ${revision}`);
  }
}

/** The revision tag of a resource. */
export const revisionTag = (revision: number): string => `"${revision}"`;
