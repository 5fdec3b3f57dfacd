import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { countChanges, TerraformStream } from './stream.js';

/** Recorded from Terraform 1.11.4 with `terraform_data` objects. */
const recording = (name: string): string =>
  readFileSync(join(import.meta.dirname, 'recordings', `${name}.jsonl`), 'utf8');

function read(name: string, pieceSize = 997) {
  const text = recording(name);
  const seen: string[] = [];
  const stream = new TerraformStream((object) => seen.push(`${object.action} ${object.address}`));
  for (let at = 0; at < text.length; at += pieceSize) stream.push(text.slice(at, at + pieceSize));
  return { ...stream.end(), seen };
}

describe('the -json stream', () => {
  it('tells objects with their ids, and outputs, of a create', () => {
    const { planned, applied, outputs, errors, text } = read('create');
    expect(planned.map((change) => `${change.action} ${change.address}`)).toEqual([
      'create terraform_data.site',
      'create terraform_data.hard',
      'create terraform_data.peer["a"]',
    ]);
    expect(applied).toHaveLength(3);
    expect(applied.every(({ id }) => /^[0-9a-f-]{36}$/.test(id))).toBe(true);
    expect(outputs).toEqual({ site_id: applied.find(({ address }) => address.endsWith('site'))?.id });
    expect(errors).toEqual([]);
    expect(text).toBe('');
    expect(countChanges(applied)).toEqual({ add: 3, change: 0, remove: 0, replace: 0 });
  });

  it.each([1, 7, 4096, 1_000_000])('is read alike in pieces of %d characters', (pieceSize) => {
    expect(read('apply-plan', pieceSize)).toEqual(read('apply-plan'));
  });

  it('tells objects while the stream runs, in their order', () => {
    const { seen, applied } = read('apply-plan');
    expect(seen).toEqual(applied.map((object) => `${object.action} ${object.address}`));
    expect(seen.indexOf('delete terraform_data.hard')).toBeLessThan(
      seen.indexOf('create terraform_data.hard'),
    );
  });

  it('counts an object that is destroyed and created as replaced', () => {
    expect(countChanges(read('apply-plan').applied)).toEqual({ add: 1, change: 1, remove: 0, replace: 1 });
  });

  it('tells what a plan would do, and no outputs', () => {
    const { planned, applied, outputs } = read('plan-with-replace');
    expect(planned).toContainEqual({ address: 'terraform_data.hard', action: 'replace' });
    expect(applied).toEqual([]);
    expect(outputs).toBeUndefined();
  });

  it('tells nothing of a plan without changes', () => {
    expect(read('plan-without-changes').planned).toEqual([]);
  });

  it('remembers the id of a destroyed object from the moment when its destruction began', () => {
    const { applied } = read('destroy');
    expect(countChanges(applied)).toEqual({ add: 0, change: 0, remove: 4, replace: 0 });
    expect(applied.every(({ id }) => id !== '')).toBe(true);
  });

  it('tells errors, and what was done before them', () => {
    const { errors, outputs } = read('failed-apply');
    expect(errors).toHaveLength(1);
    expect(errors[0]?.summary).toBe('Resource postcondition failed');
    expect(outputs).toBeUndefined();
  });

  it('knows when planning ended', () => {
    const { startedAt, plannedAt, endedAt } = read('create');
    expect(startedAt).toBeLessThanOrEqual(plannedAt ?? 0);
    expect(plannedAt).toBeLessThanOrEqual(endedAt ?? 0);
  });

  it('keeps lines that are not JSON, up to a limit', () => {
    const stream = new TerraformStream();
    stream.push('panic: runtime error\n{"broken json\n');
    for (let line = 0; line < 10_000; line += 1) stream.push('a line of a very long crash report\n');
    const { text } = stream.end();
    expect(text).toContain('panic: runtime error\n{"broken json\n');
    expect(text.length).toBeLessThan(70_000);
  });

  it('passes over messages of an unknown shape', () => {
    const stream = new TerraformStream();
    stream.push(
      '{"type":"apply_complete"}\n{"type":"planned_change","change":{}}\n{"type":"new_in_2_0"}\n[]\nnull',
    );
    expect(stream.end()).toMatchObject({ applied: [], planned: [], errors: [] });
  });
});
