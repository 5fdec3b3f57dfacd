import { z } from 'zod';
import { StateConflict } from './state-errors.js';
import type { StateResource } from './state-store.js';

const Instance = z.object({
  index_key: z.union([z.string(), z.number()]).optional(),
  status: z.string().optional(),
  attributes: z.looseObject({ id: z.unknown().optional() }).nullish(),
});

/** The parts of a Terraform state file (version 4) that we read. */
const StateFile = z.object({
  version: z.literal(4),
  serial: z.int().min(0),
  lineage: z.string().min(1).max(200),
  resources: z
    .array(
      z.object({
        module: z.string().optional(),
        mode: z.string(),
        type: z.string(),
        name: z.string(),
        instances: z.array(Instance),
      }),
    )
    .default([]),
});

export interface TerraformState {
  serial: number;
  lineage: string;
  /** Managed resources only. */
  resources: StateResource[];
}

/** Reads a state file. @throws StateConflict when it is none */
export function parseState(content: Buffer): TerraformState {
  let json: unknown;
  try {
    json = JSON.parse(content.toString('utf8'));
  } catch {
    throw new StateConflict('it is not JSON');
  }
  const parsed = StateFile.safeParse(json);
  if (!parsed.success) throw new StateConflict('it is not a Terraform state of version 4');
  const { serial, lineage, resources } = parsed.data;
  return {
    serial,
    lineage,
    resources: resources
      .filter(({ mode }) => mode === 'managed')
      .flatMap(({ module, type, name, instances }) =>
        instances.map((instance) => ({
          address: `${module === undefined ? '' : `${module}.`}${type}.${name}${indexOf(instance.index_key)}`,
          type,
          objectId: typeof instance.attributes?.id === 'string' ? instance.attributes.id : null,
          isTainted: instance.status === 'tainted',
        })),
      ),
  };
}

const indexOf = (key: string | number | undefined): string =>
  key === undefined ? '' : `[${JSON.stringify(key)}]`;

/** The newest stored version, as far as the decision needs it. */
export interface StoredState {
  serial: number;
  lineage: string;
  checksum: Buffer;
  resourceCount: number;
}

/**
 * Whether a write follows from what is stored. The same serial with the same content is the same write: Terraform
 * repeats one whose answer was lost. @throws StateConflict
 */
export function decideStateWrite(
  stored: StoredState | undefined,
  write: { serial: number; lineage: string; checksum: Buffer },
): 'store' | 'same' {
  if (stored === undefined) return 'store';
  if (stored.lineage !== write.lineage) {
    if (stored.resourceCount === 0) return 'store';
    throw new StateConflict('another lineage, while the stored state holds resources');
  }
  if (write.serial > stored.serial) return 'store';
  if (write.serial === stored.serial && stored.checksum.equals(write.checksum)) return 'same';
  throw new StateConflict(
    write.serial === stored.serial
      ? `serial ${write.serial} is stored with other content`
      : `serial ${write.serial} is older than the stored ${stored.serial}`,
  );
}
