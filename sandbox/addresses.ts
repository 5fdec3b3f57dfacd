/** Moves a vendor's simulator from its usual port. */
export const portVariable = (vendor: string): string => `SITEWRIGHT_SANDBOX_${vendor.toUpperCase()}_PORT`;

/** What tells the services where each simulated vendor is. */
export const addressVariables = (urls: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(urls).map(([vendor, url]) => [`SITEWRIGHT_SANDBOX_${vendor.toUpperCase()}_URL`, url]),
  );
