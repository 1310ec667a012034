import { availableParallelism } from "node:os";

import type { Config } from "jest";

const config: Config = {
  testEnvironment: "node",
  testMatch: ["<rootDir>/{test,examples,functions}/**/*.test.{ts,tsx}"],
  globalSetup: "<rootDir>/test/support/global-setup.ts",
  globalTeardown: "<rootDir>/test/support/global-teardown.ts",
  setupFiles: ["<rootDir>/testing/environment.ts"],
  extensionsToTreatAsEsm: [".ts", ".tsx", ".ttf"],
  transform: {
    "^.+\\.tsx?$": [
      "@swc/jest",
      {
        jsc: {
          target: "es2024",
          parser: { syntax: "typescript", tsx: true },
          transform: { react: { runtime: "automatic" } },
        },
        module: { type: "es6" },
        sourceMaps: "inline",
      },
    ],
    "\\.ttf$": "<rootDir>/test/support/binary-transform.cjs",
  },
  // Packages are plain JavaScript, save the font files that `shared/pdf` imports as bytes.
  transformIgnorePatterns: ["/node_modules/(?!.+\\.ttf$)"],
  modulePathIgnorePatterns: ["<rootDir>/cdk.out", "<rootDir>/.backline", "<rootDir>/dist"],
  // Two at least, where jest's own choice would be one: tests of the embedded stack wait most of their time.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  // One process for all files would grow and grow slow: modules of a virtual machine are not freed.
  workerIdleMemoryLimit: "1GB",
  testTimeout: 30_000,
};

export default config;
