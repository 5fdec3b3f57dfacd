import { describe, expect, it } from 'vitest';
import { decideDelete, decidePut, type SiteFound } from './site-decision.js';

const site = (over: Partial<SiteFound> = {}): SiteFound => ({
  phase: 'ready',
  revision: 2,
  appliedRevision: 2,
  hasReachedVendor: true,
  active: [],
  ...over,
});
const operation = (action: 'create' | 'update' | 'delete', revision: number, isStarted = false) => ({
  id: 'o1',
  action,
  revision,
  isStarted,
});

describe('a PUT of a site', () => {
  it.each([
    [
      'of an unknown name creates it',
      undefined,
      false,
      { action: 'create', revision: 1, isNewRevision: true },
    ],
    [
      'with a new spec is a new revision',
      site(),
      false,
      { action: 'update', revision: 3, isNewRevision: true },
    ],
    [
      'of a site that was never applied is a create',
      site({ appliedRevision: null, phase: 'failed' }),
      false,
      { action: 'create', revision: 3 },
    ],
    [
      'with the same spec after a failure runs it again',
      site({ phase: 'failed' }),
      true,
      { action: 'update', revision: 2, isNewRevision: false },
    ],
    [
      'with the same spec after a failed delete brings it back',
      site({ phase: 'delete_failed' }),
      true,
      { action: 'update', revision: 2 },
    ],
  ])('%s', (_name, found, isSame, expected) => {
    expect(decidePut(found, isSame)).toMatchObject({ kind: 'submit', ...expected });
  });

  it.each([
    ['is applied', site()],
    ['is on its way', site({ appliedRevision: 1, phase: 'updating', active: [operation('update', 2)] })],
  ])('changes nothing when the same spec %s', (_name, found) => {
    expect(decidePut(found, true)).toEqual({ kind: 'unchanged' });
  });

  it('is refused while the site is being deleted, same spec or not', () => {
    const deleting = site({ phase: 'deleting', active: [operation('delete', 2)] });
    expect(decidePut(deleting, true)).toEqual({ kind: 'deleting', operationId: 'o1' });
    expect(decidePut(deleting, false)).toEqual({ kind: 'deleting', operationId: 'o1' });
  });
});

describe('a DELETE of a site', () => {
  it.each([
    ['of what is at the vendor runs', site(), { kind: 'submit' }],
    [
      'of what never reached the vendor needs no run',
      site({ hasReachedVendor: false, active: [operation('create', 1)] }),
      { kind: 'forget' },
    ],
    [
      'behind a run that has started waits for it',
      site({ hasReachedVendor: false, active: [operation('create', 1, true)] }),
      { kind: 'submit' },
    ],
    ['twice is once', site({ active: [operation('delete', 2)] }), { kind: 'under_way', operationId: 'o1' }],
  ])('%s', (_name, found, expected) => {
    expect(decideDelete(found)).toEqual(expected);
  });
});
