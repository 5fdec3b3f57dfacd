import { z } from 'zod';
import { vendors } from './catalogue.js';

const variableOf = (vendor: string): string => `SITEWRIGHT_SANDBOX_${vendor.toUpperCase()}_URL`;

/**
 * The variables of a service that say where the sandbox is: `SITEWRIGHT_SANDBOX_HOST` for all of its vendors,
 * `SITEWRIGHT_SANDBOX_<VENDOR>_URL` for one.
 */
export const SandboxEnv = z.object({
  SITEWRIGHT_SANDBOX_HOST: z
    .string()
    .regex(/^[0-9A-Za-z.-]+$|^\[[0-9A-Fa-f:.]+\]$/, 'expected a host name or address')
    .default('127.0.0.1'),
  ...Object.fromEntries([...vendors.keys()].map((id) => [variableOf(id), z.url().optional()])),
});

/** What a vendor account without an address of its own means in the sandbox, by vendor. */
export function sandboxBaseUrls(given: z.output<typeof SandboxEnv>): ReadonlyMap<string, string> {
  const urls: Readonly<Record<string, unknown>> = given;
  return new Map(
    [...vendors.values()].map(({ id, sandboxBaseUrl }) => {
      const url = urls[variableOf(id)];
      if (typeof url === 'string') return [id, url];
      const usual = new URL(sandboxBaseUrl);
      usual.hostname = given.SITEWRIGHT_SANDBOX_HOST;
      return [id, usual.href.replace(/\/$/, '')];
    }),
  );
}
