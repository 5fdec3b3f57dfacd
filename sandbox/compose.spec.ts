import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { repositoryRoot } from './services/repository-root.js';
import { discoverSimulators } from './simulators.js';

const root = repositoryRoot();
const Service = z.object({
  build: z.object({ context: z.string(), target: z.string() }).optional(),
  image: z.string().optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).optional(),
  healthcheck: z.unknown().optional(),
  configs: z.array(z.object({ source: z.string() })).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  ports: z.array(z.string()).optional(),
});
type Service = z.infer<typeof Service>;
const ComposeFile = z.object({
  services: z.record(z.string(), Service),
  configs: z.record(z.string(), z.object({ content: z.string() })),
});
const compose = ComposeFile.parse(
  parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true }),
);

interface Stage {
  name: string;
  from: string;
  lines: string[];
}

const stages: Stage[] = [];
for (const line of readFileSync(join(root, 'Dockerfile'), 'utf8').split('\n')) {
  const [, from, name] = /^FROM (\S+) AS (\S+)$/.exec(line) ?? [];
  if (from !== undefined && name !== undefined) stages.push({ name, from, lines: [] });
  else stages.at(-1)?.lines.push(line);
}
const stage = (name: string): Stage => {
  const found = stages.find((one) => one.name === name);
  if (!found) throw new Error(`the Dockerfile has no stage ${name}`);
  return found;
};
/** A stage's own lines after those of the stages that it is built on. */
const allLines = (name: string): string[] => {
  const { from, lines } = stage(name);
  return from.startsWith('${') ? lines : [...allLines(from), ...lines];
};
const copies = stages.flatMap(({ name, lines }) =>
  lines.flatMap((line) => {
    const [, source, paths] = /^COPY (?:--from=(\S+) )?(.+)$/.exec(line) ?? [];
    return paths === undefined ? [] : [{ name, source, paths: paths.split(' ').slice(0, -1) }];
  }),
);

const servicesWithout = (fits: (name: string, service: Service) => boolean): string[] =>
  Object.entries(compose.services).flatMap(([name, service]) => (fits(name, service) ? [] : [name]));

describe('Dockerfile', () => {
  it('copies only what the repository has, or what an earlier stage holds', () => {
    const known = new Set(stages.map(({ name }) => name));
    const missing = copies.flatMap(({ source, paths }) =>
      source === undefined
        ? paths.filter((path) => !existsSync(join(root, path)))
        : [source].filter((name) => !known.has(name)),
    );
    expect(missing).toEqual([]);
  });

  it.each(['gateway', 'tf-executor', 'device-programmer', 'drift-scanner', 'sandbox'])(
    'ends the image of %s as a user without privileges, in exec form',
    (name) => {
      const lines = allLines(name);
      expect(lines.findLast((line) => line.startsWith('USER '))).toBe('USER node');
      expect(lines.findLast((line) => line.startsWith('CMD '))).toMatch(/^CMD \["node", /);
    },
  );

  it.each(['gateway', 'device-programmer', 'drift-scanner'])(
    'puts no Terraform into the image of %s',
    (name) => {
      expect(allLines(name).filter((line) => /--from=terraform/.test(line))).toEqual([]);
    },
  );
});

describe('docker-compose.yml', () => {
  it('runs every service from a known image or from a stage that exists', () => {
    const names = new Set(stages.map(({ name }) => name));
    expect(
      servicesWithout((_name, { build, image }) =>
        build ? names.has(build.target) : /^[a-z]+:\S+$/.test(image ?? ''),
      ),
    ).toEqual([]);
  });

  it('waits for services that it has, and only for health that is checked', () => {
    expect(
      servicesWithout((_name, { depends_on: dependencies = {} }) =>
        Object.entries(dependencies).every(([other, { condition }]) => {
          const service = compose.services[other];
          return service && (condition !== 'service_healthy' || service.healthcheck !== undefined);
        }),
      ),
    ).toEqual([]);
  });

  it('checks the health of everything that stays up', () => {
    expect(
      servicesWithout((name, { healthcheck }) => name === 'migrate' || healthcheck !== undefined),
    ).toEqual([]);
  });

  it('mounts only configuration that it defines', () => {
    const mounted = Object.values(compose.services).flatMap(({ configs = [] }) => configs);
    expect(mounted.map(({ source }) => source).toSorted()).toEqual(Object.keys(compose.configs).toSorted());
  });

  it('publishes the ports of all simulated vendors', async () => {
    const published = (compose.services['sandbox']?.ports ?? []).flatMap((mapping) => {
      const [, from = '', to = from] = /:(\d+)(?:-(\d+))?$/.exec(mapping) ?? [];
      return [{ from: Number(from), to: Number(to) }];
    });
    const simulators = await discoverSimulators();
    expect(
      simulators.filter(({ defaultPort }) =>
        published.every(({ from, to }) => defaultPort < from || defaultPort > to),
      ),
    ).toEqual([]);
  });

  it('has a secret key of 32 bytes by default', () => {
    const given = compose.services['gateway']?.environment?.['SITEWRIGHT_SECRET_KEY'] ?? '';
    const [, key = ''] = /:-(.+)}$/.exec(given) ?? [];
    expect(Buffer.from(key, 'base64')).toHaveLength(32);
  });

  it.each(['TERRAFORM_BIN', 'TERRAFORM_PROVIDER_MIRROR', 'TERRAFORM_LOCK_FILE', 'WORK_DIRECTORY'])(
    'gives the sandbox executor its %s',
    (variable) => {
      expect(allLines('sandbox-tf-executor').join('\n')).toContain(`${variable}=`);
    },
  );
});
