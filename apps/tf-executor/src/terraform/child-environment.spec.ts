import { describe, expect, it } from 'vitest';
import { childEnvironment } from './child-environment.js';

const parts = {
  inherited: {
    PATH: '/usr/bin',
    HTTPS_PROXY: 'http://proxy:3128',
    TF_LOG: 'DEBUG',
    TF_API_DUMP_DIR: '/tmp/dump',
    DATABASE_URL: 'postgres://user:password@db/sitewright',
    SITEWRIGHT_SECRET_KEY: 'key',
    TF_VAR_token: 'left over',
  },
  home: '/var/worker/home',
  cliConfigFile: '/var/worker/cli.tfrc',
  dataDirectory: '/var/worker/module/.terraform',
  backend: { address: 'http://127.0.0.1:4000/state/1', username: 'run', password: 'one-run-token' },
  vendor: { DISABLE_POLICY_RULE_CLEANUP: 'true' },
};

describe('the environment of a Terraform process', () => {
  it('is exactly the allow-list', () => {
    expect(childEnvironment(parts)).toEqual({
      PATH: '/usr/bin',
      HTTPS_PROXY: 'http://proxy:3128',
      GOGC: 'off',
      GOMEMLIMIT: '256MiB',
      HOME: '/var/worker/home',
      TF_IN_AUTOMATION: '1',
      TF_INPUT: '0',
      CHECKPOINT_DISABLE: '1',
      TF_CLI_CONFIG_FILE: '/var/worker/cli.tfrc',
      TF_DATA_DIR: '/var/worker/module/.terraform',
      TF_HTTP_ADDRESS: 'http://127.0.0.1:4000/state/1',
      TF_HTTP_LOCK_ADDRESS: 'http://127.0.0.1:4000/state/1',
      TF_HTTP_UNLOCK_ADDRESS: 'http://127.0.0.1:4000/state/1',
      TF_HTTP_USERNAME: 'run',
      TF_HTTP_PASSWORD: 'one-run-token',
      TF_HTTP_RETRY_MAX: '8',
      TF_HTTP_RETRY_WAIT_MIN: '1',
      TF_HTTP_RETRY_WAIT_MAX: '10',
      DISABLE_POLICY_RULE_CLEANUP: 'true',
    });
  });

  it('names a warm provider when there is one', () => {
    expect(childEnvironment({ ...parts, reattach: '{}' })['TF_REATTACH_PROVIDERS']).toBe('{}');
  });

  it('cannot be taken over by what a vendor declares', () => {
    const environment = childEnvironment({ ...parts, vendor: { TF_HTTP_ADDRESS: 'http://elsewhere' } });
    expect(environment['TF_HTTP_ADDRESS']).toBe('http://127.0.0.1:4000/state/1');
  });
});
