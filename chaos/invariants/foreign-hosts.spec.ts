import { must, objects, violates } from '../testing/break-it.js';

violates('foreign hosts', [
  [
    'a stranger’s host that is gone',
    /is gone/,
    (broken) => {
      objects(broken).hosts.pop();
    },
  ],
  [
    'a stranger’s host that has changed',
    /10.1.0.253/,
    (broken) => {
      must(objects(broken).hosts[1]).ip = '10.1.0.253';
    },
  ],
]);
