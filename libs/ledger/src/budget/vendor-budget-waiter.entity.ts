import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Who was refused and is expected back: room is kept for it. */
@Entity('vendor_budget_waiter')
export class VendorBudgetWaiterEntity {
  @PrimaryColumn({ name: 'budget_id', type: 'bigint' })
  budgetId!: string;

  @PrimaryColumn({ type: 'text' })
  counter!: string;

  @PrimaryColumn({ type: 'text' })
  holder!: string;

  @Column({ type: 'int' })
  units!: number;

  @Column({ type: 'smallint' })
  priority!: number;

  @Column({ type: 'timestamptz' })
  since!: Date;

  @Column({ type: 'timestamptz' })
  until!: Date;
}
