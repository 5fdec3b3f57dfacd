/**
 * Terraform's CLI configuration: providers come from the mirror and from nowhere else. Without a mirror there is no
 * provider at all, rather than a download.
 */
export function cliConfig(providerMirror: string | undefined): string {
  const installation =
    providerMirror === undefined
      ? []
      : ['  filesystem_mirror {', `    path = ${quoted(providerMirror)}`, '  }'];
  return ['disable_checkpoint = true', 'provider_installation {', ...installation, '}', ''].join('\n');
}

/** A string of HCL in which nothing is evaluated. */
const quoted = (text: string): string =>
  `"${text
    .replace(/\\/g, '\\\\')
    .replace(/"/g, '\\"')
    .replace(/([$%])\{/g, '$1$1{')}"`;
