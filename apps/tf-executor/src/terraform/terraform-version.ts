import { AppError } from '@app/runtime';
import { z } from 'zod';

/** What the modules ask for; the first OpenTofu is 1.6. */
const OLDEST = [1, 5] as const;

const Version = z.object({ terraform_version: z.string(), platform: z.string() });

/** The binary is not Terraform or OpenTofu, or too old. */
export class UnsupportedTerraform extends AppError {
  readonly code = 'TF_INIT_FAILED';
}

export interface TerraformVersion {
  version: string;
  /** As in the names of a provider mirror, e.g. `linux_amd64`. */
  platform: string;
}

/**
 * Reads `version -json`. OpenTofu answers with the same key.
 * @throws UnsupportedTerraform
 */
export function supportedVersion(output: string): TerraformVersion {
  const { success, data } = Version.safeParse(parseJson(output));
  if (!success) throw new UnsupportedTerraform('the binary does not answer like Terraform or OpenTofu');
  const { terraform_version: version, platform } = data;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    throw new UnsupportedTerraform(`version ${version} is too old: ${OLDEST.join('.')} is needed`);
  }
  return { version, platform };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
