import type { Construct } from "constructs";

import { bucketVariable } from "../../../shared/contracts/buckets.ts";
import { SERVICE_ENTRIES } from "../../function-entries.ts";
import { readSecret } from "../messaging-permissions.ts";
import { acknowledgeFolders, allowObjects, bucketOf, type Folder } from "../object-permissions.ts";
import { allowKinds } from "../record-permissions.ts";
import { ApiFunction, type ApiProps } from "./api-function.ts";

/** Buckets whose files may be linked to in mails; never `broadcasts`, which holds addresses. A presigned URL allows what its signer may do. */
const LINKED: readonly Folder[] = ["invoices", "giftcards"].map((bucket) => ({ bucket, keys: "*" }));

/** `GET /files/{token}` */
export class FileDownload extends ApiFunction {
  constructor(scope: Construct, id: string, props: ApiProps) {
    const { data, engineEnvironment, publicUrl } = props;
    super(scope, id, props, {
      entry: SERVICE_ENTRIES.files,
      description: "Leads a signed link of a mail to its file.",
      memoryMb: 512,
      timeoutSeconds: 10,
      serviceName: "files",
      environment: {
        ...engineEnvironment,
        ...Object.fromEntries(LINKED.map(({ bucket }) => [bucketVariable(bucket), bucketOf(data, bucket).name])),
        PUBLIC_URL: publicUrl,
        LINK_SECRET_ID: data.linkSecretArn,
      },
      statements: [
        allowKinds(data, { sid: "ReadRecords", actions: ["dynamodb:GetItem"], kinds: ["file_link", "settings"] }),
        ...allowObjects(data, { sid: "ReadFiles", actions: ["s3:GetObject"], folders: LINKED }),
        readSecret("ReadLinkKeys", data.linkSecretArn),
      ],
    });
    acknowledgeFolders(this, data, LINKED);
  }
}
