import { jobFunction } from "../../../shared/lambda/job-function.ts";
import { photoResize, stockTransfer, textMessage } from "./definitions.ts";

const post = async (url: string, body: object, signal: AbortSignal): Promise<void> => {
  const answer = await fetch(url, { method: "POST", body: JSON.stringify(body), signal });
  if (!answer.ok) throw new Error(`${new URL(url).host} answered ${answer.status}.`);
};

export const textMessageHandler = jobFunction(textMessage, (job) =>
  post("https://messages.example/send", job.payload, job.signal),
);

export const stockTransferHandler = jobFunction(stockTransfer, (job) =>
  post("https://warehouse.example/transfers", job.payload, job.signal),
);

export const photoResizeHandler = jobFunction(photoResize, (job) =>
  post("https://photos.example/resize", job.payload, job.signal),
);
