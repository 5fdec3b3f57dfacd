/** Builders of Terraform's argument vectors. Pure: no value of a customer is ever an argument. */

interface WalkOptions {
  parallelism: number;
  /** Read every object from the vendor before planning. */
  refresh: boolean;
}

export const versionArgs = (): string[] => ['version', '-json'];

/** @param isLockFileGiven the lock file is ours and must fit as it is; otherwise `init` writes one from the mirror */
export const initArgs = ({ isLockFileGiven }: { isLockFileGiven: boolean }): string[] => [
  'init',
  '-input=false',
  '-no-color',
  ...(isLockFileGiven ? ['-lockfile=readonly'] : []),
];

/** Plan and apply in one process. Only where there is nothing that a plan guard could protect. */
export const applyArgs = ({
  parallelism,
  refresh,
  isDestroy,
}: WalkOptions & { isDestroy: boolean }): string[] => [
  'apply',
  '-auto-approve',
  '-input=false',
  '-json',
  `-parallelism=${parallelism}`,
  ...(isDestroy ? ['-destroy'] : []),
  ...refreshArgs(refresh),
];

/** Exit code 2 says that the saved plan changes something. */
export const planArgs = ({ parallelism, refresh, out }: WalkOptions & { out: string }): string[] => [
  'plan',
  '-detailed-exitcode',
  '-input=false',
  '-json',
  `-parallelism=${parallelism}`,
  `-out=${out}`,
  ...refreshArgs(refresh),
];

export const applyPlanArgs = ({ parallelism, plan }: { parallelism: number; plan: string }): string[] => [
  'apply',
  '-input=false',
  '-json',
  `-parallelism=${parallelism}`,
  plan,
];

/** `--`: an id is the vendor's text and may begin with a hyphen. */
export const importArgs = (address: string, id: string): string[] => [
  'import',
  '-input=false',
  '-no-color',
  '--',
  address,
  id,
];

export const untaintArgs = (address: string): string[] => ['untaint', '-no-color', address];

/** Drops objects from the state; the vendor is not asked. */
export const forgetArgs = (addresses: readonly string[]): string[] => [
  'state',
  'rm',
  '-no-color',
  ...addresses,
];

const refreshArgs = (refresh: boolean): string[] => (refresh ? [] : ['-refresh=false']);
