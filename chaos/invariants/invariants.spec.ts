import { describe, expect, it } from 'vitest';
import type { Evidence } from '../snapshot.js';
import { DELETED, FAILED, operation, quietSnapshot, READY, submission } from '../testing/quiet-snapshot.js';
import { checkAll } from './index.js';

const evidence = (): Evidence & { submissions: ReturnType<typeof submission>[] } => ({
  snapshot: quietSnapshot(),
  submissions: [submission()],
});

function must<Value>(value: Value | null | undefined): Value {
  if (value === undefined || value === null) throw new Error('the fixture lacks it');
  return value;
}

/** Breaks one thing in a system at rest. */
type Break = (broken: ReturnType<typeof evidence>) => void;

const site = ({ snapshot }: Evidence) => must(snapshot.vendor[0]?.objects.sites[0]);
const objects = ({ snapshot }: Evidence) => must(snapshot.vendor[0]?.objects);

it('a system at rest in which all is as it must be passes', () => {
  expect(checkAll(evidence())).toEqual([]);
});

it('an operation that ends as cancelled for a later one, or at its deadline, is allowed', () => {
  const fine = evidence();
  fine.snapshot.operations.unshift(
    operation({
      id: 'earlier',
      sequence: 0,
      revision: 1,
      status: 'cancelled',
      supersededBy: 'operation-1',
      idempotencyKey: 'a',
    }),
    operation({
      id: 'late',
      sequence: 0,
      status: 'timed_out',
      error: { code: 'TF_TIMED_OUT', message: 'stopped', retryable: true },
      idempotencyKey: 'b',
    }),
  );
  expect(checkAll(fine)).toEqual([]);
});

describe.each<[string, [string, RegExp, Break][]]>([
  [
    'accepted requests',
    [
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
    ],
  ],
  [
    'vendor objects',
    [
      [
        'a ready site that the vendor lacks',
        /does not have it/,
        (broken) => {
          objects(broken).sites.pop();
        },
      ],
      [
        'a site that is there twice',
        /2 sites of it/,
        (broken) => {
          objects(broken).sites.push({ ...site(broken), id: '101', name: 'c1-s1 again' });
        },
      ],
      [
        'a deleted site that is still there',
        /deleted, and the vendor has it/,
        (broken) => {
          site(broken).description = `variation 10 [sw:${DELETED}]`;
        },
      ],
      [
        'a failed site that is there twice',
        /2 sites of it/,
        (broken) => {
          for (const id of ['102', '103']) {
            objects(broken).sites.push({ ...site(broken), id, description: `half [sw:${FAILED}]` });
          }
        },
      ],
      [
        'a site without our mark',
        /no resource stands for/,
        (broken) => {
          objects(broken).sites.push({ ...site(broken), id: '104', description: 'somebody’s' });
        },
      ],
      [
        'a peer whose site is gone',
        /no resource stands for/,
        (broken) => {
          objects(broken).bgpPeers.push({
            ...must(objects(broken).bgpPeers[0]),
            id: 'peer-9',
            siteId: '999',
          });
        },
      ],
      [
        'a description of an older revision',
        /description is "variation 4/,
        (broken) => {
          site(broken).description = `variation 4 [sw:${READY}]`;
        },
      ],
      [
        'a tunnel with another key',
        /primary is/,
        (broken) => {
          must(site(broken).primary?.tunnels[0]).psk = 'psk-of-t1-at-1009';
        },
      ],
      [
        'a tunnel too many',
        /secondary is/,
        (broken) => {
          must(site(broken).secondary).tunnels.push(must(site(broken).secondary?.tunnels[0]));
        },
      ],
      [
        'a peer too few',
        /peers is/,
        (broken) => {
          objects(broken).bgpPeers.pop();
        },
      ],
      [
        'a peer with another number',
        /peers is/,
        (broken) => {
          must(objects(broken).bgpPeers[0]).peerAsn = 65_006;
        },
      ],
      [
        'a newest revision that is not applied',
        /revision 3 is not applied/,
        ({ snapshot }) => {
          must(snapshot.resources[0]).revision = 3;
          must(snapshot.operations[0]).revision = 3;
        },
      ],
    ],
  ],
  [
    'states',
    [
      [
        'a serial that does not grow',
        /serial 1 follows 1/,
        ({ snapshot }) => {
          must(snapshot.stateVersions[1]).serial = 1;
        },
      ],
      [
        'a gap in the versions',
        /version 3 follows 1/,
        ({ snapshot }) => {
          must(snapshot.stateVersions[1]).version = 3;
        },
      ],
      [
        'an object that the state lacks',
        /its state holds/,
        ({ snapshot }) => {
          snapshot.stateResources.pop();
        },
      ],
      [
        'an object of another id',
        /its state holds/,
        ({ snapshot }) => {
          must(snapshot.stateResources[0]).objectId = '99';
        },
      ],
      [
        'a tainted object',
        /tainted/,
        ({ snapshot }) => {
          must(snapshot.stateResources[0]).isTainted = true;
        },
      ],
      [
        'a deleted site with a state',
        /deleted, and its state holds/,
        ({ snapshot }) => {
          snapshot.stateResources.push({
            resourceId: DELETED,
            address: 'cato_ipsec_site.site',
            objectId: '7',
            isTainted: false,
          });
        },
      ],
    ],
  ],
  [
    'leftovers',
    [
      [
        'a lock',
        /locked by worker-1/,
        ({ snapshot }) => {
          snapshot.locks.push({ resourceId: READY, workerId: 'worker-1' });
        },
      ],
      [
        'a lease',
        /has a lease/,
        ({ snapshot }) => {
          must(snapshot.operations[0]).hasLease = true;
        },
      ],
      [
        'a run past its deadline',
        /past its deadline/,
        ({ snapshot }) => {
          must(snapshot.operations[1]).isOverdue = true;
        },
      ],
      [
        'a row in the outbox',
        /outbox holds 1/,
        ({ snapshot }) => {
          snapshot.outboxRows = 1;
        },
      ],
      [
        'a message in a work queue',
        /holds 1 messages/,
        ({ snapshot }) => {
          must(snapshot.queues[0]).ready = 1;
        },
      ],
      [
        'a message that nobody has acknowledged',
        /1 unacknowledged/,
        ({ snapshot }) => {
          must(snapshot.queues[0]).unacknowledged = 1;
        },
      ],
    ],
  ],
  [
    'endings',
    [
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
    ],
  ],
  [
    'dead letters',
    [
      [
        'one in the queue alone',
        /not in the ledger/,
        ({ snapshot }) => {
          must(snapshot.deadLetters).rows.pop();
        },
      ],
      [
        'an open one in the ledger alone',
        /not in the queue/,
        ({ snapshot }) => {
          must(snapshot.deadLetters).inQueue.pop();
        },
      ],
      [
        'one whose message nobody has written down',
        /not in the ledger/,
        ({ snapshot }) => {
          must(snapshot.deadLetters).inQueue.push({ operationId: null, contentHash: 'stranger' });
        },
      ],
      [
        'one for an error of ours',
        /unexpected/,
        ({ snapshot }) => {
          must(must(snapshot.deadLetters).rows[0]).reason = 'unexpected';
        },
      ],
    ],
  ],
])('%s', (invariant, breaks) => {
  it.each(breaks)('%s is a violation', (_name, message, breakIt) => {
    const broken = evidence();
    breakIt(broken);
    expect(checkAll(broken)).toContainEqual(
      expect.objectContaining({ invariant, message: expect.stringMatching(message) }),
    );
  });
});
