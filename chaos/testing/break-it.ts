import { describe, expect, it } from 'vitest';
import { checkAll } from '../invariants/index.js';
import type { Evidence } from '../snapshot.js';
import { quietSnapshot, submission } from './quiet-snapshot.js';

/** Evidence that a test may change freely. */
export type Broken = Evidence & { submissions: ReturnType<typeof submission>[] };

export const evidence = (): Broken => ({ snapshot: quietSnapshot(), submissions: [submission()] });

export function must<Value>(value: Value | null | undefined): Value {
  if (value === undefined || value === null) throw new Error('the fixture lacks it');
  return value;
}

export const objects = ({ snapshot }: Evidence) => must(snapshot.vendor[0]?.objects);
export const site = (broken: Evidence) => must(objects(broken).sites[0]);

/** What is broken, what is said of it, and how one thing in a system at rest is broken. */
export type Break = [what: string, message: RegExp, breakIt: (broken: Broken) => void];

/** Each break of a system at rest is a violation of the invariant. */
export function violates(name: string, breaks: Break[]): void {
  describe.each([name])('%s', (invariant) => {
    it.each(breaks)('%s is a violation', (_what, message, breakIt) => {
      const broken = evidence();
      breakIt(broken);
      expect(checkAll(broken)).toContainEqual(
        expect.objectContaining({ invariant, message: expect.stringMatching(message) }),
      );
    });
  });
}
