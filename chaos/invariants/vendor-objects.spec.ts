import { must, objects, site, violates } from '../testing/break-it.js';
import { DELETED, FAILED, READY } from '../testing/quiet-snapshot.js';

violates('vendor objects', [
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
]);
