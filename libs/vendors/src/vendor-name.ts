import { createHash } from 'node:crypto';

const HASH_LENGTH = 8;

/**
 * The name of a customer's site at the vendor: `<customer>-<site>`, cut to the vendor's limit. A cut name ends
 * with a hash of the whole, so that two long names that begin alike stay apart.
 */
export function vendorName(customer: string, site: string, maxLength: number): string {
  const whole = `${customer}-${site}`;
  if (whole.length <= maxLength) return whole;
  const hash = createHash('sha256').update(`${customer}/${site}`).digest('hex').slice(0, HASH_LENGTH);
  return `${whole.slice(0, maxLength - HASH_LENGTH - 1)}-${hash}`;
}
