import { isMissingFile } from "../errors/missing-file.ts";
import type { FileStore } from "../ports/file-store.ts";
import type { Log } from "../ports/log.ts";
import type { MailAttachment } from "./compose-mail.ts";

/** An image that the owner has stored. */
export interface LoadedImage {
  readonly bytes: Uint8Array;
  readonly contentType: "image/png" | "image/jpeg";
}

/** Images that go with a mail. */
export interface MailImages {
  /** To be handed to `sendMail`, beside the files. */
  readonly attachments: readonly MailAttachment[];
  /** Content ids by key: `MailContext.images`. */
  readonly images: ReadonlyMap<string, string>;
}

const MOST_IMAGES = 12;
/** A thumbnail at twice its size on the screen has a tenth of it; twelve fit into a mail with room for its files. */
const LARGEST_IMAGE_BYTES = 200 * 1024;

const MAGIC_BYTES = [
  { contentType: "image/png", extension: "png", magic: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { contentType: "image/jpeg", extension: "jpg", magic: [0xff, 0xd8, 0xff] },
] as const;

/**
 * Reads images from the `assets` bucket, to be shown in a mail by content id. One that is missing, too large or no PNG or
 * JPEG is left out with a warning in the job's log: a mail without its picture is better than none.
 *
 * @throws when S3 cannot be asked: another attempt may get them.
 */
export async function loadImages(files: FileStore, keys: readonly string[], log: Log): Promise<MailImages> {
  const wanted = [...new Set(keys)];
  if (wanted.length > MOST_IMAGES) {
    log.warn("A mail shows 12 images at most; the rest is left out.", { images: wanted.length });
  }
  const loaded = await Promise.all(
    wanted.slice(0, MOST_IMAGES).map(async (key, index) => {
      const image = await loadImage(files, key, log);
      return image === undefined ? [] : [{ key, attachment: inline(image, index + 1) }];
    }),
  );
  const shown = loaded.flat();
  return {
    attachments: shown.map(({ attachment }) => attachment),
    images: new Map(shown.map(({ key, attachment }) => [key, attachment.contentId])),
  };
}

/** One image, such as a document's logo; `undefined`, with a warning, when it cannot be shown. */
export async function loadImage(files: FileStore, key: string, log: Log): Promise<LoadedImage | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await files.get("assets", key);
  } catch (error) {
    if (!isMissingFile(error)) throw error;
    log.warn("An image is not in the assets bucket; it is left out. Store it, or correct the key.", { key });
    return undefined;
  }
  if (bytes.length > LARGEST_IMAGE_BYTES) {
    log.warn("An image is over 200 KB; it is left out. Store a smaller one.", { key, sizeBytes: bytes.length });
    return undefined;
  }
  const type = MAGIC_BYTES.find(({ magic }) => magic.every((byte, index) => bytes[index] === byte));
  if (type !== undefined) return { bytes, contentType: type.contentType };
  log.warn("An image is neither PNG nor JPEG; it is left out. Store it as one of these.", { key });
  return undefined;
}

function inline({ bytes, contentType }: LoadedImage, number: number) {
  const { extension } = MAGIC_BYTES.find((each) => each.contentType === contentType) ?? MAGIC_BYTES[0];
  return { filename: `image-${number}.${extension}`, contentType, content: bytes, contentId: `image-${number}@mail` };
}
