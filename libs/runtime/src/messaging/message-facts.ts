import { createHash } from 'node:crypto';
import { MessageHeader } from '@app/contracts';
import { z } from 'zod';

/** PostgreSQL's `integer`: what is larger was not written by us. */
const MAX_INTEGER = 2 ** 31 - 1;

const OperationId = z.uuid();
const Count = z.int().min(0).max(MAX_INTEGER);

type Headers = Readonly<Record<string, unknown>>;

/** SHA-256 of a body: what tells one message that nobody can read from another. */
export const contentHash = (content: Buffer): Buffer => createHash('sha256').update(content).digest();

/**
 * A property of a message as text that can be logged and stored: PostgreSQL refuses NUL, and a terminal obeys
 * other control characters.
 */
export const printable = (value: unknown): string | undefined =>
  typeof value === 'string' ? value.replaceAll(/\p{Cc}/gu, '\uFFFD') : undefined;

export interface HeaderFacts {
  operationId: string | undefined;
  releaseNo: number | undefined;
  attempt: number | undefined;
}

/** What our own headers say; undefined is what we would not have written. */
export const headerFacts = (headers: Headers): HeaderFacts => ({
  operationId: OperationId.safeParse(headers[MessageHeader.operationId]).data,
  releaseNo: Count.safeParse(headers[MessageHeader.releaseNo]).data,
  attempt: Count.safeParse(headers[MessageHeader.attempt]).data,
});
