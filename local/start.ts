import { runStartCommand } from "./command.ts";
import { seed } from "./seed.ts";

await runStartCommand({ seed });
