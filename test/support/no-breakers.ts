import { VendorBreakers } from '@app/ledger';

const never = (): Promise<never> => Promise.reject(new Error('breakers are off'));

/** Breakers that are off: vendors never count as down. */
export const noBreakers = (): VendorBreakers =>
  new VendorBreakers(
    { breakers: never, admission: never, open: never, close: never },
    {
      isOn: false,
      calls: 5,
      failuresPercent: 50,
      windowMs: 60_000,
      probeAfterMs: 10_000,
      longestWaitMs: 60_000,
    },
  );
