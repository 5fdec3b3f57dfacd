import { describe, expect, it } from 'vitest';
import { boundWithWaits, PEER_SEQUENCES, processesOf } from './peer-sequences.js';

describe('peer sequences', () => {
  it.each([
    ['terraform-exec', 5],
    ['atlantis', 8],
    ['tofu-controller', 6],
    ['otf', 5],
    ['terrakube', 11],
    ['burrito', 6],
  ])('%s runs %i Terraform processes', (id, processes) => {
    const peer = PEER_SEQUENCES.find((one) => one.id === id);
    expect(peer && processesOf(peer)).toBe(processes);
  });

  it.each(PEER_SEQUENCES.map((peer) => [peer.id, peer] as const))(
    '%s begins in a new folder and applies the plan that it has saved',
    (_id, { steps }) => {
      expect(steps[0]?.kind).toBe('checkout');
      const lines = steps.flatMap((step) => (step.kind === 'terraform' ? [step.args] : []));
      const plan = lines.findIndex(([command]) => command === 'plan');
      const apply = lines.findIndex(([command]) => command === 'apply');
      expect(plan).toBeGreaterThan(0);
      expect(apply).toBeGreaterThan(plan);
      const saved = lines[plan]?.join(' ').match(/-out[= ](\S+)/)?.[1];
      expect(lines[apply]?.at(-1)).toBe(saved);
    },
  );

  it('takes its plan along into a second folder', () => {
    const second = PEER_SEQUENCES.flatMap(({ steps }) =>
      steps.filter((step) => step.kind === 'checkout').slice(1),
    );
    expect(second.map(({ keep }) => keep?.some((file) => /plan/i.test(file)))).toEqual([true, true, true]);
  });

  it('is bound by waits that no hardware shortens', () => {
    expect(boundWithWaits(5_000, 25_000, 1)).toBe(2);
    expect(boundWithWaits(0, 25_000, 2)).toBeCloseTo(4.8);
  });
});
