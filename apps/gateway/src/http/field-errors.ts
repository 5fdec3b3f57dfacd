import type { FieldError } from '@app/contracts';

/** The part of a Standard Schema issue that we read; Zod's own issues fit it. */
export interface SchemaIssue {
  message: string;
  path?: readonly (PropertyKey | { key: PropertyKey })[] | undefined;
  code?: string | undefined;
  keys?: readonly string[];
}

/** Enough to repair a request by; a body of a quarter megabyte could have a fault per byte. */
export const MAX_ERRORS = 50;
const MAX_PATH_LENGTH = 200;

const segment = (part: PropertyKey | { key: PropertyKey }): string =>
  String(typeof part === 'object' ? part.key : part);

export const dotted = (path: readonly string[]): string => path.join('.').slice(0, MAX_PATH_LENGTH);

function errorsOf(issue: SchemaIssue): FieldError[] {
  const path = (issue.path ?? []).map(segment);
  if (issue.code === 'unrecognized_keys' && issue.keys !== undefined) {
    return issue.keys.map((key) => ({ path: dotted([...path, key]), message: 'unknown field' }));
  }
  return [{ path: dotted(path), message: issue.message }];
}

/** What a schema found wrong, as the API reports it: one entry per field, unknown fields by their own path. */
export const fieldErrors = (issues: readonly SchemaIssue[]): FieldError[] =>
  issues.slice(0, MAX_ERRORS).flatMap(errorsOf).slice(0, MAX_ERRORS);
