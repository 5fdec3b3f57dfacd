import { z } from 'zod';

const countryNames = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });
/** Two-letter codes that name no country: unions, and the placeholders of ISO 3166 and CLDR. */
const NOT_COUNTRIES = new Set(['EU', 'EZ', 'UN', 'QO', 'XA', 'XB', 'ZZ']);

function isCountryCode(code: string): boolean {
  return /^[A-Z]{2}$/.test(code) && !NOT_COUNTRIES.has(code) && countryNames.of(code) !== undefined;
}

/** Making a formatter is dear, and operators use few zones; names that are none are not kept. */
const knownTimezones = new Set<string>();

function isTimezone(name: string): boolean {
  if (knownTimezones.has(name)) return true;
  if (!isTimezoneByIntl(name)) return false;
  knownTimezones.add(name);
  return true;
}

function isTimezoneByIntl(name: string): boolean {
  try {
    return (
      new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '' &&
      /^[A-Z]/.test(name)
    );
  } catch {
    return false;
  }
}

/** ISO 3166-1 alpha-2. */
export const CountryCode = z
  .string()
  .refine(isCountryCode, 'must be a country code of ISO 3166-1, two capital letters, e.g. FR');

/** A time zone of the IANA database. */
export const Timezone = z.string().refine(isTimezone, 'must be an IANA time zone, e.g. Europe/Paris');
