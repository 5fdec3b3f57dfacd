import type { VendorLimits } from '../limits.js';

/**
 * A Director documents no limit on calls, and a made-up one would only be slower than need be. What holds it back is
 * kept elsewhere: few calls at once (`transport.ts`), one token for a login (`access-tokens.ts`), and one commit of a
 * template at a time, which the lease of a site's lane sees to. A 429 all the same pauses the whole account (`AccountPauses`).
 */
export const versaLimits: VendorLimits = { operations: {} };
