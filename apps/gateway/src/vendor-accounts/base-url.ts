import { isIP } from 'node:net';
import { z } from 'zod';

/** Hosts that only this machine or its cloud's metadata service answer to. */
const LOCAL_HOST =
  /^(?:localhost|.*\.localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|169\.254\.\d+\.\d+|\[::\]|\[::1\]|\[::ffff:.*\]|\[fe[89ab].*\])\.?$/i;

function fault(text: string, isSandbox: boolean): string | undefined {
  const url = URL.parse(text);
  if (url === null) return 'must be a URL, e.g. https://vendor.example/api';
  if (url.protocol !== 'https:' && !(isSandbox && url.protocol === 'http:')) {
    return isSandbox ? 'must be an http:// or https:// URL' : 'must be an https:// URL';
  }
  if (url.username !== '' || url.password !== '') return 'must not hold credentials';
  if (text.includes('?') || text.includes('#')) return 'must have neither query nor fragment';
  if (!isSandbox && LOCAL_HOST.test(url.hostname)) return 'must not point to this machine';
  if (isIP(url.hostname) === 0 && !/^[\w.[\]:-]+$/.test(url.hostname)) return 'must name a host';
  return undefined;
}

/**
 * Where a vendor account's API lives. The workers call it with the account's credentials, so outside the sandbox it is
 * encrypted and never this machine itself; a vendor's appliance in a private network is a legitimate address.
 */
export const baseUrl = (isSandbox: boolean) =>
  z
    .string()
    .max(500)
    .superRefine((text, context) => {
      const message = fault(text, isSandbox);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    });
