import { expect, it } from 'vitest';
import { cliConfig } from './cli-config.js';

it('installs providers from the mirror and from nowhere else', () => {
  expect(cliConfig('/mirror/of "ours"/${x}')).toBe(`disable_checkpoint = true
provider_installation {
  filesystem_mirror {
    path = "/mirror/of \\"ours\\"/$\${x}"
  }
}
`);
});

it('installs nothing at all without a mirror', () => {
  expect(cliConfig(undefined)).toBe('disable_checkpoint = true\nprovider_installation {\n}\n');
});
