import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** Calls that count: reserved ones until they end, and ended ones for the length of the longest window. */
@Entity('vendor_budget_use')
export class VendorBudgetUseEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'BY DEFAULT' })
  id!: string;

  @Column({ name: 'budget_id', type: 'bigint' })
  budgetId!: string;

  @Column({ type: 'text' })
  counter!: string;

  @Column({ type: 'int' })
  units!: number;

  @Column({ type: 'text', nullable: true })
  holder!: string | null;

  @Column({ name: 'ended_at', type: 'timestamptz' })
  endedAt!: Date;
}
