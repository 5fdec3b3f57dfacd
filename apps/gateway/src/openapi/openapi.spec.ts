import { format } from 'prettier';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { GatewayFixture } from '../testing/gateway-fixture.js';

const Operation = z.object({
  parameters: z.array(z.object({ name: z.string(), in: z.string() })).default([]),
  requestBody: z.unknown().optional(),
  responses: z.record(z.string(), z.unknown()),
  summary: z.string(),
  security: z.array(z.unknown()),
});
type Operation = z.infer<typeof Operation>;
const Document = z.object({
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
});

let gateway: GatewayFixture;
let text: string;
let document: z.infer<typeof Document>;
beforeAll(async () => {
  gateway = await GatewayFixture.start();
  const { body } = await gateway.call('GET', '/openapi.json', { key: null });
  text = JSON.stringify(body);
  document = Document.parse(body);
});
afterAll(() => gateway.stop());

const operations = (): [string, Operation][] =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]): [string, Operation] => [`${method} ${path}`, operation]),
  );

describe('the OpenAPI document', () => {
  it('is the one that is committed (vitest -u brings it up to date)', async () => {
    const printed = await format(text, { parser: 'json', printWidth: 110 });
    await expect(printed).toMatchFileSnapshot('../../../../docs/openapi.json');
  });

  it('knows every route of the API', () => {
    expect(operations().map(([name]) => name)).toEqual([
      'post /v1/api-keys',
      'get /v1/api-keys',
      'delete /v1/api-keys/{id}',
      'get /v1/audit',
      'get /v1/customers',
      'get /v1/customers/{customer}',
      'put /v1/customers/{customer}',
      'delete /v1/customers/{customer}',
      'get /v1/dead-letters',
      'get /v1/dead-letters/{id}',
      'delete /v1/dead-letters/{id}',
      'post /v1/dead-letters/{id}:replay',
      'post /v1/dead-letters:replay',
      'get /v1/customers/{customer}/sites/{site}/devices',
      'get /v1/customers/{customer}/sites/{site}/devices/{device}',
      'put /v1/customers/{customer}/sites/{site}/devices/{device}',
      'delete /v1/customers/{customer}/sites/{site}/devices/{device}',
      'post /v1/customers/{customer}/sites/{site}/devices:batch',
      'get /v1/operations/{id}/events',
      'get /v1/operations',
      'get /v1/operations/{id}',
      'get /v1/operations/{id}/runs',
      'post /v1/operations/{id}:retry',
      'get /v1/customers/{customer}/sites',
      'get /v1/customers/{customer}/sites/{site}',
      'put /v1/customers/{customer}/sites/{site}',
      'delete /v1/customers/{customer}/sites/{site}',
      'put /v1/customers/{customer}/sites/{site}/tunnels/{tunnel}',
      'delete /v1/customers/{customer}/sites/{site}/tunnels/{tunnel}',
      'get /v1/customers/{customer}/vendor-accounts/{vendor}',
      'put /v1/customers/{customer}/vendor-accounts/{vendor}',
      'delete /v1/customers/{customer}/vendor-accounts/{vendor}',
      'get /v1/vendors',
      'get /v1/workers',
    ]);
  });

  it('describes each with its parameters, body, answers, problems and key', () => {
    for (const [name, operation] of operations()) {
      const inPath = [...name.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
      const { parameters } = operation;
      expect(
        parameters.filter((parameter) => parameter.in === 'path').map((parameter) => parameter.name),
      ).toEqual(inPath);
      expect(Object.keys(operation.responses)).toEqual(
        expect.arrayContaining(['401', '403', '422', '500', '503']),
      );
      expect(Object.keys(operation.responses).some((status) => status.startsWith('2'))).toBe(true);
      // A verb of one thing says it all in its address.
      expect([name, operation.requestBody !== undefined]).toEqual([
        name,
        /^(?:put|post) (?!.*\}:)/.test(name),
      ]);
      expect(operation.summary).not.toBe('');
      expect(operation.security).toEqual([{ bearer: [] }]);
    }
  });

  it('has no reference that leads nowhere', () => {
    const targets = [...text.matchAll(/"\$ref":"([^"]*)"/g)].map(([, target = '']) => target);
    expect(targets.length).toBeGreaterThan(50);
    const known = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
    expect(targets.filter((target) => !known.includes(target))).toEqual([]);
  });

  it('takes the specs of the vendors from the catalogue, secrets marked', () => {
    expect(document.components.schemas['SiteSpec']).toMatchObject({
      oneOf: expect.arrayContaining([{ $ref: '#/components/schemas/CatoSite' }]),
      discriminator: { propertyName: 'vendor', mapping: { cato: '#/components/schemas/CatoSite' } },
    });
    expect(document.components.schemas['CatoTunnel']).toMatchObject({
      properties: { psk: { writeOnly: true } },
    });
    expect(document.components.schemas['DeviceSpec']).toMatchObject({
      anyOf: expect.arrayContaining([{ $ref: '#/components/schemas/CatoDevice' }]),
    });
    expect(document.components.schemas['CatoTunnelEdit']).not.toHaveProperty(
      'required',
      expect.arrayContaining(['name']),
    );
  });
});

describe('the documentation', () => {
  it('is served without a key, whole from here', async () => {
    const page = await gateway.call('GET', '/docs', { key: null });
    expect(page.status).toBe(200);
    expect(page.body).not.toMatch(/(?:src|href)="https?:/);
    const assets = [...String(page.body).matchAll(/(?:src|href)="\.?\/?([^"]+\.(?:js|css))"/g)].map(
      ([, path]) => path,
    );
    expect(assets.length).toBeGreaterThan(2);
    for (const path of assets) {
      expect((await gateway.call('GET', `/${path}`, { key: null })).status).toBe(200);
    }
  });
});
