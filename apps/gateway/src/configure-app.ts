import type { NestExpressApplication } from '@nestjs/platform-express';
import { serveApiDocument } from './openapi/serve-api-document.js';

/** Nest's own options for the gateway: the body is read by us, once the caller is known. */
export const NEST_OPTIONS = { bodyParser: false } as const;

/** What has to be set on the application itself before it listens. */
export function configureApp(app: NestExpressApplication): void {
  app.disable('x-powered-by');
  // Tags are revisions; Express would make others from the bytes.
  app.set('etag', false);
  serveApiDocument(app);
}
