import { describe, expect, it } from 'vitest';
import { supportedVersion, UnsupportedTerraform } from './terraform-version.js';

const answer = (version: string): string =>
  JSON.stringify({ terraform_version: version, platform: 'linux_amd64', provider_selections: {} });

describe('the version of Terraform', () => {
  it.each(['1.5.0', '1.11.4', '2.0.0', '1.15.0-beta1'])('%s is supported', (version) => {
    expect(supportedVersion(answer(version))).toEqual({ version, platform: 'linux_amd64' });
  });

  it.each([
    ['an old one', answer('1.4.7'), /1\.4\.7 is too old/],
    ['another program', 'GNU bash, version 5.2', /does not answer/],
    ['JSON of another program', '{"version":"1.5.0"}', /does not answer/],
  ])('%s is refused', (_what, output, message) => {
    expect(() => supportedVersion(output)).toThrow(UnsupportedTerraform);
    expect(() => supportedVersion(output)).toThrow(message);
  });
});
