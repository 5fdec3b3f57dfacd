import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { VENDOR_CATALOGUE, type VendorCatalogue } from '../sites/vendor-catalogue.js';
import { ApiDocument } from './api-document.js';
import { components } from './components.js';

const DESCRIPTION = `Provisions SD-WAN sites and tunnels for the customers of an operator.

Changes of sites and tunnels are operations: the answer is \`202\` with the operation, which is polled at its \`Location\`
or waited for with \`Prefer: wait=N\`. Every error is \`application/problem+json\` and names the faulty fields.`;

/** The OpenAPI document of an application, from the declarations of its routes and the schemas of the contracts. */
export function apiDocument(app: NestExpressApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Sitewright')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key' })
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (controller, method) => `${method}${controller.replace(/Controller$/, '')}`,
  });
  const schemas = components(app.get<VendorCatalogue>(VENDOR_CATALOGUE, { strict: false }));
  return { ...document, components: { ...document.components, schemas } };
}

/** Serves the document at `/openapi.json` and for people at `/docs`, all of it from this machine. */
export function serveApiDocument(app: NestExpressApplication): void {
  const document = apiDocument(app);
  app.get(ApiDocument, { strict: false }).publish(document);
  SwaggerModule.setup('docs', app, document, {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Sitewright API',
    swaggerOptions: { validatorUrl: null, persistAuthorization: true },
  });
}
