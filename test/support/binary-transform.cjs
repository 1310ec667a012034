// Jest's counterpart of esbuild's `binary` loader: a module whose default export is the file's bytes. It has to be an
// ES module (`extensionsToTreatAsEsm`): of a CommonJS one, Jest makes an export of every byte, and takes forever.
module.exports = {
  process: (_text, path) => ({
    code: `import { readFileSync } from "node:fs";
export default new Uint8Array(readFileSync(${JSON.stringify(path)}));`,
  }),
};
