import { applyDecorators, SetMetadata } from '@nestjs/common';
import { describeEndpoint } from '../openapi/describe-endpoint.js';
import type { EndpointOptions } from './endpoint-options.js';

const ENDPOINT = 'sitewright:endpoint';

/** Declares a route of the API. A route that is neither declared nor public cannot be called. */
export const Endpoint = (options: EndpointOptions): MethodDecorator =>
  applyDecorators(SetMetadata(ENDPOINT, options), ...describeEndpoint(options));

/** The declaration of a handler. Throws when it has none: a route without a role must not exist. */
export function endpointOf(handler: object): EndpointOptions {
  const options = Reflect.getMetadata(ENDPOINT, handler) as EndpointOptions | undefined;
  if (options === undefined) throw new Error('a route has no @Endpoint declaration');
  return options;
}
