import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** A message that was committed and not yet confirmed by the broker. */
@Entity('outbox')
export class OutboxEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id!: string;

  @Column({ type: 'text' })
  queue!: string;

  @Column({ type: 'text' })
  type!: string;

  @Column({ type: 'jsonb' })
  headers!: Record<string, unknown>;

  @Column({ type: 'jsonb' })
  body!: Record<string, unknown>;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  @Column({ type: 'int', default: 0 })
  tries!: number;

  @Column({ name: 'not_before', type: 'timestamptz', default: () => 'now()' })
  notBefore!: Date;

  @Column({ name: 'last_error', type: 'text', nullable: true })
  lastError!: string | null;
}
