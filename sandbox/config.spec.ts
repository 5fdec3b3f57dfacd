import { describe, expect, it } from 'vitest';
import { sandboxConfig } from './config.js';

describe('the sandbox configuration', () => {
  it('has the usual addresses and real time by default', () => {
    const config = sandboxConfig({});
    expect(config).toMatchObject({ host: '127.0.0.1', adminPort: 3911, clock: { scale: 1 } });
    expect(config.portOf('cato', 3901)).toBe(3901);
  });

  it('takes ports, host and pace from the environment', () => {
    const config = sandboxConfig({
      SITEWRIGHT_SANDBOX_HOST: '0.0.0.0',
      SITEWRIGHT_SANDBOX_ADMIN_PORT: '4911',
      SITEWRIGHT_SANDBOX_CATO_PORT: '4901',
      SITEWRIGHT_CLOCK_SCALE: '60',
    });
    expect(config).toMatchObject({ host: '0.0.0.0', adminPort: 4911, clock: { scale: 60 } });
    expect(config.portOf('cato', 3901)).toBe(4901);
  });

  it.each(['no', '-1', '70000'])('refuses the port %s', (port) => {
    expect(() => sandboxConfig({ SITEWRIGHT_SANDBOX_CATO_PORT: port }).portOf('cato', 3901)).toThrow(
      'SITEWRIGHT_SANDBOX_CATO_PORT',
    );
  });
});
