import { SlidingWindows } from '../admin/sliding-windows.js';
import type { VendorSimulator } from '../admin/vendor-simulator.js';
import { mutateObject, objectsOf, removeObject } from './admin-view.js';
import { CatoEndpoint, VENDOR } from './endpoint.js';
import { changedSettings, defaultSettings } from './settings.js';
import { CatoStore } from './store.js';

/** The Cato API as far as sites, tunnels and BGP peers need it. */
export const simulator: VendorSimulator = {
  vendor: VENDOR,
  defaultPort: 3901,
  basePath: '/api/v1/graphql2',
  create(facilities) {
    const store = new CatoStore();
    const windows = new SlidingWindows(() => facilities.clock.now());
    let settings = { ...defaultSettings };
    const endpoint = new CatoEndpoint({ facilities, store, windows, settings: () => settings });
    return {
      handle: (request, response) => endpoint.handle(request, response),
      accounts: () => store.accountIds(),
      objects: (account) => objectsOf(store.existing(account)),
      mutate: (account, reference, set) => mutateObject(store.account(account), reference, set),
      remove: (account, reference) => removeObject(store.account(account), reference),
      settings: () => ({ ...settings }),
      configure: (changes) => {
        settings = changedSettings(settings, changes);
      },
      reset: () => {
        store.reset();
        windows.reset();
        settings = { ...defaultSettings };
      },
    };
  },
};
