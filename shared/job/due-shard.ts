/** A partition of an index takes 1,000 writes a second (AWS-documented); eight of them take more than one table is asked for here. */
export const DUE_SHARDS = Array.from({ length: 8 }, (_, index) => `due-${index}`);

/** Jobs that wait for a person are kept apart: the ticker counts them and sends no permits. */
export const REVIEW_SHARD = "review";

/** The due-index shard of a job: spread evenly by its id, and always the same for it. */
export function dueShardOf(jobId: string): string {
  // FNV-1a, 32 bit: http://www.isthe.com/chongo/tech/comp/fnv/
  let hash = 0x81_1c_9d_c5;
  for (let index = 0; index < jobId.length; index += 1) {
    hash = Math.imul(hash ^ jobId.charCodeAt(index), 0x01_00_01_93);
  }
  return `due-${(hash >>> 0) % DUE_SHARDS.length}`;
}
