/** Replaces every known secret of a run in a text. */
export type Redactor = (text: string) => string;

const MASK = '***';
/** A secret this short is replaced only where it stands alone; else it would make every text unreadable. */
const SHORT = 4;

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const jsonEscaped = (text: string): string => JSON.stringify(text).slice(1, -1);
/** Go's JSON encoder escapes these too. */
const goEscaped = (text: string): string =>
  jsonEscaped(text).replace(
    /[<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** The spellings in which a secret can appear: as it is, in JSON, in JSON within JSON, in a URL. */
const spellings = (secret: string): string[] => [
  secret,
  jsonEscaped(secret),
  goEscaped(secret),
  jsonEscaped(jsonEscaped(secret)),
  goEscaped(goEscaped(secret)),
  ...(secret.isWellFormed() ? [encodeURIComponent(secret)] : []),
];

/** A redactor for the given secrets; empty ones are passed over. */
export function redactorFor(secrets: Iterable<string>): Redactor {
  const known = new Set([...secrets].filter((secret) => secret !== '').flatMap(spellings));
  if (known.size === 0) return (text) => text;
  // The longest first: a secret that contains another one is replaced as a whole.
  const alternatives = [...known]
    .toSorted((a, b) => b.length - a.length)
    .map((secret) =>
      secret.length < SHORT
        ? `(?<![\\p{L}\\p{N}])${escapeRegExp(secret)}(?![\\p{L}\\p{N}])`
        : escapeRegExp(secret),
    );
  const pattern = new RegExp(alternatives.join('|'), 'gu');
  return (text) => text.replace(pattern, MASK);
}
