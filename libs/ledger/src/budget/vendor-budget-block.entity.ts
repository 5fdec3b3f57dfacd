import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A counter that the vendor has refused: nobody calls before that. */
@Entity('vendor_budget_block')
export class VendorBudgetBlockEntity {
  @PrimaryColumn({ name: 'budget_id', type: 'bigint' })
  budgetId!: string;

  @PrimaryColumn({ type: 'text' })
  counter!: string;

  @Column({ type: 'timestamptz' })
  until!: Date;
}
