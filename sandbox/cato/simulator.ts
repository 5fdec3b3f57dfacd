import { SlidingWindows } from '../admin/sliding-windows.js';
import type { VendorSimulator } from '../admin/vendor-simulator.js';
import { mutateObject, objectsOf, removeObject } from './admin-view.js';
import { CatoEndpoint, VENDOR } from './endpoint.js';
import { isRecord } from './graphql/record.js';
import { changedSettings, defaultSettings } from './settings.js';
import { CatoStore, type SavedStore } from './store.js';

/** The Cato API as far as sites, tunnels and BGP peers need it. */
export const simulator: VendorSimulator = {
  vendor: VENDOR,
  defaultPort: 3901,
  basePath: '/api/v1/graphql2',
  create(facilities) {
    const store = new CatoStore();
    const windows = new SlidingWindows(() => facilities.clock.now());
    let settings = { ...defaultSettings };
    let revision = 0;
    const changed = (): void => {
      revision += 1;
    };
    const endpoint = new CatoEndpoint({ facilities, store, windows, settings: () => settings, changed });
    return {
      handle: (request, response) => endpoint.handle(request, response),
      accounts: () => store.accountIds(),
      objects: (account) => objectsOf(store.existing(account)),
      mutate: (account, reference, set) => {
        changed();
        return mutateObject(store.account(account), reference, set);
      },
      remove: (account, reference) => {
        changed();
        removeObject(store.account(account), reference);
      },
      settings: () => ({ ...settings }),
      configure: (changes) => {
        settings = changedSettings(settings, changes);
      },
      reset: () => {
        changed();
        store.reset();
        windows.reset();
        settings = { ...defaultSettings };
      },
      revision: () => revision,
      save: () => store.save(),
      load: (saved) => {
        if (!isSavedStore(saved)) throw new Error('the saved Cato objects cannot be read');
        store.load(saved);
      },
    };
  },
};

function isSavedStore(saved: unknown): saved is SavedStore {
  return isRecord(saved) && isRecord(saved['numbers']) && Array.isArray(saved['accounts']);
}
