import { must, violates } from '../testing/break-it.js';
import { READY } from '../testing/quiet-snapshot.js';

violates('leftovers', [
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
  [
    'a worker that holds devices',
    /devices are held by worker-1/,
    ({ snapshot }) => {
      snapshot.heldDeviceLanes.push({ siteId: READY, workerId: 'worker-1' });
    },
  ],
  [
    'a device that waits for nothing',
    /waits for an operation that has ended/,
    ({ snapshot }) => {
      must(snapshot.items[0]).status = 'pending';
    },
  ],
]);
