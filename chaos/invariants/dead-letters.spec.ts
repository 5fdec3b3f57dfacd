import { must, violates } from '../testing/break-it.js';

violates('dead letters', [
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
      must(snapshot.deadLetters).inQueue.push({ operationId: null, contentHash: 'stranger', death: '{}' });
    },
  ],
  [
    'one for an error of ours',
    /unexpected/,
    ({ snapshot }) => {
      must(must(snapshot.deadLetters).rows[0]).reason = 'unexpected';
    },
  ],
]);
