import { VendorFaultError, type VendorFault } from '../faults.js';
import { CatoRefusal } from './client.js';
import type { ApiError } from './faults.js';
import { hasQuoted, hasWord } from './words.js';

/** What names a host in a call: those that are added have no id yet, those that are removed may have only that. */
export interface NamedHost {
  hostId?: string | undefined;
  name?: string | undefined;
  ip?: string | undefined;
}

/** The hosts of a call by the field of the input that they are sent in. */
export type SentHosts = Readonly<Record<string, readonly NamedHost[]>>;

/** The vendor refuses a call on static hosts, and will refuse it again. */
export class StaticHostsRefusedError extends VendorFaultError {
  /**
   * Those hosts of the call (the objects that it was given) that the vendor's words point at. A hint: words may
   * mislead, and only a host that is refused when sent alone is refused for certain. Empty when they point at none.
   */
  readonly offenders: readonly NamedHost[];
  /** What the call names is not there: the host, or its site. */
  readonly missing: 'host' | 'site' | undefined;

  constructor(
    fault: VendorFault,
    { offenders, missing }: Pick<StaticHostsRefusedError, 'offenders' | 'missing'>,
    options?: ErrorOptions,
  ) {
    super(fault, options);
    this.name = 'StaticHostsRefusedError';
    this.offenders = offenders;
    this.missing = missing;
  }
}

/** An error of a call on hosts, with the hosts that it is about when the refusal is for good. */
export function explained(error: unknown, sent: SentHosts, siteId: string | undefined): unknown {
  if (!(error instanceof CatoRefusal)) return error;
  const { fault, errors } = error;
  if (fault.code !== 'VENDOR_REJECTED' && fault.code !== 'NAME_TAKEN') return error;
  const offenders = [...new Set(errors.flatMap((each) => hostsOf(each, sent)))];
  return new StaticHostsRefusedError(
    fault,
    { offenders, missing: missingOf(fault.message, siteId) },
    { cause: error },
  );
}

/** Words that a call brings in, which must not decide what kind of error an answer is. */
export const wordsOf = (sent: SentHosts): string[] =>
  Object.values(sent)
    .flat()
    .flatMap(({ name }) => name ?? []);

const NOT_FOUND = /not found|does ?n[o']t exist/i;

function missingOf(message: string, siteId: string | undefined): 'host' | 'site' | undefined {
  if (!NOT_FOUND.test(message)) return undefined;
  return siteId !== undefined && hasWord(message, siteId) ? 'site' : 'host';
}

/** From the strongest evidence to the weakest; a weaker one counts only where no stronger one is. */
const EVIDENCE: readonly ((message: string, host: NamedHost) => boolean)[] = [
  (message, { name }) => name !== undefined && hasQuoted(message, name),
  (message, { hostId }) => hostId !== undefined && hasWord(message, hostId),
  (message, { ip }) => ip !== undefined && hasWord(message, ip),
  // A name without digit or hyphen may be just a word of the sentence.
  (message, { name }) => name !== undefined && /[\d-]/.test(name) && hasWord(message, name),
];

function hostsOf({ message, path }: ApiError, sent: SentHosts): readonly NamedHost[] {
  const placed = hostAt(path ?? [], sent);
  if (placed) return [placed];
  const all = Object.values(sent).flat();
  for (const points of EVIDENCE) {
    const found = all.filter((host) => points(message, host));
    if (found.length > 0) return found;
  }
  return [];
}

/** A refusal of the input says where it stands: `[..., 'hostToAdd', 3, 'ip']` (terraform-provider-cato issue 29). */
function hostAt(path: readonly (string | number)[], sent: SentHosts): NamedHost | undefined {
  for (const [at, step] of path.entries()) {
    const index = path[at + 1];
    if (typeof step === 'string' && typeof index === 'number' && Object.hasOwn(sent, step))
      return sent[step]?.[index];
  }
  return undefined;
}
