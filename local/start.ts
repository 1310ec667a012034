import { runStartCommand } from "./command.ts";
import { payExample } from "./example-payment.ts";
import { seed } from "./seed.ts";

await runStartCommand({ seed, payExample });
