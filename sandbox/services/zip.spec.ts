import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readZipEntry } from './zip.js';
import { zipArchive } from './testing/zip-archive.js';

const archive = zipArchive([
  { name: 'LICENSE.txt', content: Buffer.from('a licence') },
  { name: 'terraform', content: Buffer.from('a binary '.repeat(1000)), packed: deflateRawSync },
]);

describe('readZipEntry', () => {
  it('reads a stored entry', () => {
    expect(readZipEntry(archive, 'LICENSE.txt').toString()).toBe('a licence');
  });

  it('reads a deflated entry', () => {
    expect(readZipEntry(archive, 'terraform').toString()).toBe('a binary '.repeat(1000));
  });

  it('reads an archive that ends with a comment', () => {
    const comment = Buffer.from('made for a test');
    const commented = Buffer.concat([archive, comment]);
    commented.writeUInt16LE(comment.length, archive.length - 2);
    expect(readZipEntry(commented, 'LICENSE.txt').toString()).toBe('a licence');
  });

  it.each([
    ['an entry that is not there', archive, /holds no nothing/],
    ['what is no archive', Buffer.alloc(100), /not a ZIP archive/],
    ['what is too short to be one', Buffer.alloc(3), /not a ZIP archive/],
  ])('refuses %s', (_case, bytes, message) => {
    expect(() => readZipEntry(bytes, 'nothing')).toThrow(message);
  });
});
