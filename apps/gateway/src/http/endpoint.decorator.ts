import { applyDecorators, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { describeEndpoint } from '../openapi/describe-endpoint.js';
import type { EndpointOptions } from './endpoint-options.js';

const Declaration = Reflector.createDecorator<EndpointOptions>();

/** Declares a route of the API. A route that is neither declared nor public cannot be called. */
export const Endpoint = (options: EndpointOptions): MethodDecorator =>
  applyDecorators(Declaration(options), ...describeEndpoint(options));

/** The declaration of a handler. Throws when it has none: a route without a role must not exist. */
export function endpointOf(
  reflector: Reflector,
  handler: ReturnType<ExecutionContext['getHandler']>,
): EndpointOptions {
  const options: EndpointOptions | undefined = reflector.get(Declaration, handler);
  if (options === undefined) throw new Error('a route has no @Endpoint declaration');
  return options;
}
