import { must, violates, type Broken } from '../testing/break-it.js';

const batch = ({ snapshot }: Broken) => must(snapshot.operations.find(({ siteId }) => siteId !== null));

violates('device results', [
  [
    'a batch whose counts do not add up',
    /counts 1 \+ 1 of 3 devices, and has 2 \+ 1 of 3/,
    (broken) => {
      batch(broken).counts.succeeded = 1;
    },
  ],
  [
    'a batch that lacks a device',
    /counts 2 \+ 1 of 3 devices, and has 2 \+ 0 of 2/,
    ({ snapshot }) => {
      snapshot.items.pop();
    },
  ],
  [
    'a batch that succeeded without all of its devices',
    /1 failed devices succeeded/,
    (broken) => {
      batch(broken).status = 'succeeded';
    },
  ],
  [
    'a device that failed for good',
    /failed for good: VENDOR_REJECTED/,
    ({ snapshot }) => {
      must(snapshot.items[2]).error = { code: 'VENDOR_REJECTED', message: 'no', retryable: false };
    },
  ],
  [
    'a device that does not rest',
    /d1: it rests as updating/,
    ({ snapshot }) => {
      must(snapshot.devices[0]).phase = 'updating';
    },
  ],
  [
    'a deleted device that says something else',
    /d1: it rests as ready, deleted/,
    ({ snapshot }) => {
      must(snapshot.devices[0]).isDeleted = true;
    },
  ],
  [
    'a ready device of which nobody says so',
    /d1: it is ready, and nobody has applied revision 1/,
    ({ snapshot }) => {
      must(snapshot.items[0]).status = 'superseded';
    },
  ],
  [
    'a failed device whose last result is another',
    /d3: it is failed, and the last of its results is put succeeded/,
    ({ snapshot }) => {
      snapshot.items.push({ ...must(snapshot.items[2]), status: 'succeeded' });
    },
  ],
]);
