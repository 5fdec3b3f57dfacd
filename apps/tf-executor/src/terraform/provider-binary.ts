import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TerraformConvergence } from '@app/vendors';

/**
 * The provider's binary in an unpacked filesystem mirror; undefined when the mirror holds packed providers or none,
 * which only Terraform itself can use.
 * @param platform as Terraform names it, e.g. `linux_amd64`
 */
export async function providerBinary(
  mirror: string,
  { source, version }: TerraformConvergence['provider'],
  platform: string,
): Promise<string | undefined> {
  const folder = join(mirror, ...source.split('/'), version, platform);
  const prefix = `terraform-provider-${source.split('/').at(-1)}_`;
  const names = await readdir(folder).catch(() => []);
  const name = names.find((entry) => entry.startsWith(prefix) && !entry.endsWith('.zip'));
  return name === undefined ? undefined : join(folder, name);
}
