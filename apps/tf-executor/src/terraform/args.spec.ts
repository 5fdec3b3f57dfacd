import { describe, expect, it } from 'vitest';
import {
  applyArgs,
  applyPlanArgs,
  forgetArgs,
  importArgs,
  initArgs,
  planArgs,
  untaintArgs,
  versionArgs,
} from './args.js';

describe('the argument vectors of Terraform', () => {
  it.each([
    ['the version is asked as JSON', versionArgs(), ['version', '-json']],
    [
      'init never asks and writes the lock file from the mirror',
      initArgs({ isLockFileGiven: false }),
      ['init', '-input=false', '-no-color'],
    ],
    [
      'init with a lock file of ours does not change it',
      initArgs({ isLockFileGiven: true }),
      ['init', '-input=false', '-no-color', '-lockfile=readonly'],
    ],
    [
      'a create is one process',
      applyArgs({ parallelism: 4, refresh: true, isDestroy: false }),
      ['apply', '-auto-approve', '-input=false', '-json', '-parallelism=4'],
    ],
    [
      'a delete is one process that trusts the state',
      applyArgs({ parallelism: 1, refresh: false, isDestroy: true }),
      ['apply', '-auto-approve', '-input=false', '-json', '-parallelism=1', '-destroy', '-refresh=false'],
    ],
    [
      'a plan is saved and its exit code says whether it changes anything',
      planArgs({ parallelism: 4, refresh: true, out: 'site.tfplan' }),
      ['plan', '-detailed-exitcode', '-input=false', '-json', '-parallelism=4', '-out=site.tfplan'],
    ],
    [
      'a first try of an update trusts the state',
      planArgs({ parallelism: 4, refresh: false, out: 'site.tfplan' }),
      [
        'plan',
        '-detailed-exitcode',
        '-input=false',
        '-json',
        '-parallelism=4',
        '-out=site.tfplan',
        '-refresh=false',
      ],
    ],
    [
      'what is applied is the saved plan and nothing else',
      applyPlanArgs({ parallelism: 4, plan: 'site.tfplan' }),
      ['apply', '-input=false', '-json', '-parallelism=4', 'site.tfplan'],
    ],
    [
      'an imported id cannot be taken for a flag',
      importArgs('cato_ipsec_site.site', '-1'),
      ['import', '-input=false', '-no-color', '--', 'cato_ipsec_site.site', '-1'],
    ],
    [
      'untaint names one address',
      untaintArgs('cato_ipsec_site.site'),
      ['untaint', '-no-color', 'cato_ipsec_site.site'],
    ],
    [
      'forgetting names all addresses at once',
      forgetArgs(['cato_bgp_peer.peer["a"]', 'cato_ipsec_site.site']),
      ['state', 'rm', '-no-color', 'cato_bgp_peer.peer["a"]', 'cato_ipsec_site.site'],
    ],
  ])('%s', (_claim, actual, expected) => expect(actual).toEqual(expected));
});
