import type { VendorSimulator } from '../admin/vendor-simulator.js';
import { AccessTokens } from './access-tokens.js';
import { mutateObject, objectsOf, removeObject } from './admin-view.js';
import { VersaEndpoint } from './endpoint.js';
import { isObject } from './json.js';
import { changedSettings, defaultSettings } from './settings.js';
import { VersaStore, type SavedStore } from './store.js';
import { Tasks, VENDOR } from './tasks.js';

/** A Versa Director as far as templates, device groups and devices need it. */
export const simulator: VendorSimulator = {
  vendor: VENDOR,
  defaultPort: 3902,
  basePath: '',
  create(facilities) {
    const store = new VersaStore();
    let settings = { ...defaultSettings };
    let revision = 0;
    const changed = (): void => {
      revision += 1;
    };
    const accessTokens = new AccessTokens(facilities.clock, () => settings);
    const tasks = new Tasks({ facilities, store, settings: () => settings, changed });
    const endpoint = new VersaEndpoint({
      facilities,
      store,
      accessTokens,
      tasks,
      settings: () => settings,
      changed,
    });
    const settled = (account: string) => {
      const found = store.existing(account);
      if (found) tasks.settle(found);
      return found;
    };
    return {
      handle: (request, response) => endpoint.handle(request, response),
      accounts: () => store.accountIds(),
      objects: (account) => objectsOf(settled(account)),
      mutate: (account, reference, set) => {
        settled(account);
        changed();
        return mutateObject(store.account(account), reference, set);
      },
      remove: (account, reference) => {
        settled(account);
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
        accessTokens.reset();
        settings = { ...defaultSettings };
      },
      revision: () => revision,
      save: () => store.save(),
      load: (saved) => {
        if (!isSavedStore(saved)) throw new Error('the saved Versa objects cannot be read');
        store.load(saved, facilities.clock.now());
      },
    };
  },
};

function isSavedStore(saved: unknown): saved is SavedStore {
  return isObject(saved) && typeof saved['nextTaskId'] === 'number' && Array.isArray(saved['accounts']);
}
