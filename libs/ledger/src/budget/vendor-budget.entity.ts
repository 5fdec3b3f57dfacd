import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** One account at a vendor's address, whoever's it is. Its row is locked before anything of it is reserved. */
@Entity('vendor_budget')
export class VendorBudgetEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id!: string;

  @Column({ type: 'text' })
  vendor!: string;

  @Column({ name: 'base_url', type: 'text' })
  baseUrl!: string;

  @Column({ name: 'account_id', type: 'text' })
  accountId!: string;

  @Column({ name: 'active_at', type: 'timestamptz', default: () => 'now()' })
  activeAt!: Date;
}
