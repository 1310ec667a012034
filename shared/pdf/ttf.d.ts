/** A font file as bytes: esbuild's `binary` loader in bundles, `test/support/binary-transform.cjs` under Jest. */
declare module "*.ttf" {
  const bytes: Uint8Array;
  export default bytes;
}
