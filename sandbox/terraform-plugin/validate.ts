import type { Diagnostic } from './diagnostics.js';
import { errorDiagnostic } from './diagnostics.js';
import type { Attribute, Attributes } from './schema.js';
import { nestedType } from './schema.js';
import type { ObjectValue, Value } from './values.js';
import { isList, isObject } from './values.js';

type Path = readonly (string | number)[];

/** The validators the schema declares; types and required attributes are Terraform's own business. */
export function validateConfig(attributes: Attributes, config: ObjectValue, path: Path = []): Diagnostic[] {
  return Object.entries(attributes).flatMap(([name, attribute]) =>
    validateAttribute(attribute, config[name] ?? null, [...path, name]),
  );
}

function validateAttribute(attribute: Attribute, value: Value, path: Path): Diagnostic[] {
  const nested = nestedType(attribute);
  if (nested) {
    const items = nested.nesting === 'single' ? [value] : isList(value) ? value : [];
    return items.flatMap((item, index) =>
      isObject(item)
        ? validateConfig(nested.attributes, item, nested.nesting === 'single' ? path : [...path, index])
        : [],
    );
  }
  if (attribute.oneOf && typeof value === 'string' && !attribute.oneOf.includes(value)) {
    const allowed = attribute.oneOf.map((option) => JSON.stringify(option)).join(' ');
    return [
      errorDiagnostic(
        'Invalid Attribute Value Match',
        `Attribute ${pathText(path)} value must be one of: [${allowed}], got: ${JSON.stringify(value)}`,
        path,
      ),
    ];
  }
  if (attribute.atLeast !== undefined && typeof value === 'number' && value < attribute.atLeast) {
    return [
      errorDiagnostic(
        'Invalid Attribute Value',
        `Attribute ${pathText(path)} value must be at least ${attribute.atLeast}, got: ${value}`,
        path,
      ),
    ];
  }
  return [];
}

function pathText(path: Path): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : index ? `.${step}` : step))
    .join('');
}
