// In a program of your own: "@backline/client".
import { createClient } from "../../client/index.ts";
import { createShop } from "./shop.ts";

/** Requests that are under way when the process is told to end have so long. */
const LONGEST_STOP_MS = 10_000;

// One for the whole program; throws, and says what the environment lacks. A browser does not wait for half a minute.
const backline = createClient({ timeoutMs: 2_000 });
const stopping = new AbortController();

const port = Number(process.env["PORT"] ?? 3000);
const server = createShop(backline, stopping.signal).listen(port, "127.0.0.1", (error) => {
  if (error) throw error;
  const address = server.address();
  const opened = typeof address === "object" && address !== null ? address.port : port;
  process.stdout.write(`The shop is open: http://localhost:${opened}\n`);
});

function stop(): void {
  if (stopping.signal.aborted) return; // one Ctrl-C reaches a process several times: from the terminal and from its parents
  setTimeout(() => process.exit(1), LONGEST_STOP_MS).unref();
  server.close(() => backline.close()); // takes nothing new; then nothing is left, and the process ends
  stopping.abort();
  // Browsers keep a connection after its answer, for seconds; `close` ends only those that are idle when it is called.
  setInterval(() => server.closeIdleConnections(), 100).unref();
}
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop);
