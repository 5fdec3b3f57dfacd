import { must, violates } from '../testing/break-it.js';
import { DELETED } from '../testing/quiet-snapshot.js';

violates('states', [
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
]);
