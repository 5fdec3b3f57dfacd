import { Injectable } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

interface KnownAddress {
  pattern: RegExp;
  methods: string[];
}

/** `/v1/customers/{customer}` as a pattern of addresses. No name or id has a colon: it begins a verb. */
const patternOf = (template: string): RegExp =>
  new RegExp(
    `^${template.replaceAll(/[.*+?^$()|[\]\\]/g, String.raw`\$&`).replaceAll(/\{[^}]+\}/g, '[^/:]+')}/?$`,
  );

/** The OpenAPI document of the running gateway, and what it says about addresses. */
@Injectable()
export class ApiDocument {
  private addresses: KnownAddress[] = [];

  publish({ paths }: OpenAPIObject): void {
    this.addresses = Object.entries(paths).map(([template, item]) => ({
      pattern: patternOf(template),
      methods: METHODS.filter((method) => item[method] !== undefined).map((method) => method.toUpperCase()),
    }));
  }

  /** What can be done at an address; nothing: there is no such address. */
  methodsOf(path: string): string[] {
    const matching = this.addresses.filter(({ pattern }) => pattern.test(path));
    return [...new Set(matching.flatMap(({ methods }) => methods))];
  }
}
