export type { Diagnostic } from './diagnostics.js';
export { errorDiagnostic } from './diagnostics.js';
export type { Call, Configured, Outcome, Provider, Resource } from './provider.js';
export { nullObject } from './raw-state.js';
export type { Attribute, Attributes } from './schema.js';
export { servePlugin } from './serve.js';
export type { ObjectValue, Value } from './values.js';
export { isList, isObject, isUnknown, UNKNOWN } from './values.js';
