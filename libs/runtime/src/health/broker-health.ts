import type { BrokerState } from '../messaging/broker.js';

export interface BrokerVerdict {
  isHealthy: boolean;
  facts: { publishing: string; consuming?: string; slots?: number; consumingSlots?: number };
}

/**
 * A slot is alive while it consumes, and while the job that keeps it from consuming is running: long jobs are
 * no reason to be taken out of service.
 */
export function brokerVerdict(state: BrokerState): BrokerVerdict {
  const { publish, consume } = state;
  const publishing = publish.blocked === undefined ? publish.phase : 'blocked';
  const canPublish = publish.isAvailable;
  if (!consume) return { isHealthy: canPublish, facts: { publishing } };
  const slots = state.subscriptions.flatMap((subscription) => subscription.slots);
  const alive = slots.filter(
    ({ phase, isBusy }) => phase === 'consuming' || (phase === 'finishing' && isBusy),
  );
  return {
    isHealthy:
      canPublish && consume.phase === 'connected' && slots.length > 0 && alive.length === slots.length,
    facts: {
      publishing,
      consuming: consume.phase,
      slots: slots.length,
      consumingSlots: alive.length,
    },
  };
}
