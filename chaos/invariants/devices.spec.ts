import { must, objects, violates, type Broken } from '../testing/break-it.js';
import { host } from '../testing/quiet-snapshot.js';

const ourHost = (broken: Broken) => must(objects(broken).hosts[0]);

violates('devices', [
  [
    'a ready device that the vendor lacks',
    /does not have it/,
    (broken) => {
      objects(broken).hosts.shift();
    },
  ],
  [
    'a device that is there twice',
    /2 hosts of it/,
    (broken) => {
      objects(broken).hosts.push({ ...host, hostId: '202', ip: '10.1.0.24' });
    },
  ],
  [
    'a failed device that is there twice',
    /d3 \(failed\): the vendor has 2 hosts of it/,
    (broken) => {
      for (const hostId of ['203', '204']) objects(broken).hosts.push({ ...host, hostId, name: 'd3' });
    },
  ],
  [
    'a deleted device that is still there',
    /host d2, which no device stands for/,
    (broken) => {
      objects(broken).hosts.push({ ...host, hostId: '202', name: 'd2', ip: '10.1.0.40' });
    },
  ],
  [
    'a host that nobody has asked for',
    /host d9, which no device stands for/,
    (broken) => {
      objects(broken).hosts.push({ ...host, hostId: '209', name: 'd9', ip: '10.1.0.180' });
    },
  ],
  [
    'a host without a site',
    /on a site that is gone/,
    (broken) => {
      objects(broken).hosts.push({ ...host, hostId: '202', siteId: '999' });
    },
  ],
  [
    'an address of another revision',
    /"ip":"10.1.0.24"/,
    (broken) => {
      ourHost(broken).ip = '10.1.0.24';
    },
  ],
  [
    'a MAC address of another revision',
    /"macAddress":null/,
    (broken) => {
      ourHost(broken).macAddress = null;
    },
  ],
  [
    'a newest revision that is not applied',
    /revision 2 is not applied, but 1/,
    ({ snapshot }) => {
      must(snapshot.devices[0]).revision = 2;
    },
  ],
  [
    'an id that is not the one on record',
    /its host is 201, and 200 is on record/,
    ({ snapshot }) => {
      must(snapshot.devices[0]).hostId = '200';
    },
  ],
  [
    'a device that outlives its site',
    /its site is deleted, and it is not/,
    ({ snapshot }) => {
      must(snapshot.resources[0]).isDeleted = true;
    },
  ],
]);
