import { z } from 'zod';
import type { VendorSimulator } from '../admin/vendor-simulator.js';
import { mutateObject, objectsOf, removeObject } from './admin-view.js';
import { BatchRuns } from './batch-runs.js';
import { MerakiEndpoint } from './endpoint.js';
import { changedSettings, defaultSettings } from './settings.js';
import { MerakiStore, type SavedStore } from './store.js';
import { TokenBuckets } from './token-buckets.js';
import { BASE_PATH, VENDOR } from './vendor.js';

/** Ten calls a second, and ten more after a rest: thirty within two seconds at most. */
const ORGANIZATION_LIMIT = { perSecond: 10, burst: 10 };
const SOURCE_LIMIT = { perSecond: 100, burst: 100 };

/** The Meraki dashboard API as far as networks and devices need it. An account is an organization. */
export const simulator: VendorSimulator = {
  vendor: VENDOR,
  defaultPort: 3903,
  basePath: BASE_PATH,
  create(facilities) {
    const now = (): number => facilities.clock.now();
    const store = new MerakiStore();
    const organizationBuckets = new TokenBuckets(ORGANIZATION_LIMIT, now);
    const sourceBuckets = new TokenBuckets(SOURCE_LIMIT, now);
    let settings = { ...defaultSettings };
    let revision = 0;
    const changed = (): void => {
      revision += 1;
    };
    const runs = new BatchRuns({ store, faults: facilities.faults, settings: () => settings, now });
    const settle = (): void => {
      if (runs.settle()) changed();
    };
    const endpoint = new MerakiEndpoint({
      facilities,
      store,
      runs,
      organizationBuckets,
      sourceBuckets,
      settings: () => settings,
      changed,
    });
    return {
      handle: (request, response) => endpoint.handle(request, response),
      accounts: () => store.organizationIds(),
      objects: (account) => {
        settle();
        return objectsOf(store.existing(account));
      },
      mutate: (account, reference, set) => {
        settle();
        changed();
        return mutateObject(store.organization(account), reference, set);
      },
      remove: (account, reference) => {
        settle();
        changed();
        removeObject(store.organization(account), reference);
      },
      settings: () => ({ ...settings }),
      configure: (changes) => {
        settings = changedSettings(settings, changes);
      },
      reset: () => {
        changed();
        store.reset();
        runs.reset();
        organizationBuckets.reset();
        sourceBuckets.reset();
        settings = { ...defaultSettings };
      },
      revision: () => {
        settle();
        return revision;
      },
      save: () => store.save(),
      load: (saved) => {
        if (!isSavedStore(saved)) throw new Error('the saved Meraki objects cannot be read');
        store.load(saved);
        runs.resume();
      },
    };
  },
};

const Saved = z.looseObject({
  numbers: z.looseObject({ network: z.number(), batch: z.number() }),
  organizations: z.array(z.looseObject({ id: z.string() })),
});

function isSavedStore(saved: unknown): saved is SavedStore {
  return Saved.safeParse(saved).success;
}
