import { rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { installProviderMirror } from './cato-provider/mirror.js';
import { launcherConfig } from './launcher/config.js';
import { ensureTerraform } from './services/terraform.js';

// Packs the sandbox's provider into a folder, with `current` as its lasting address: for images, whose paths are fixed.
const directory = process.argv[2];
if (directory === undefined) throw new Error('Usage: provider-mirror.main.js <folder>');
const { terraformBin, path, home, terraformReleasesUrl } = launcherConfig();
const terraform = await ensureTerraform({
  terraformBin,
  path,
  cacheDirectory: join(home, 'cache'),
  releasesUrl: terraformReleasesUrl,
});
const mirror = await installProviderMirror({ directory, terraformBin: terraform.bin });
const current = join(directory, 'current');
rmSync(current, { force: true });
symlinkSync(relative(directory, dirname(mirror.lockFile)), current);
