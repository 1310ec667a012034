import { BlockList, isIP } from "node:net";

// https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry: what is not globally reachable.

/** Of IPv4, all but these are public. */
const PRIVATE_V4 = listOf("ipv4", [
  ["0.0.0.0", 8], // this network
  ["10.0.0.0", 8], // private
  ["100.64.0.0", 10], // behind a carrier's NAT
  ["127.0.0.0", 8], // loopback
  ["169.254.0.0", 16], // link-local: metadata and credentials of AWS
  ["172.16.0.0", 12], // private
  ["192.0.0.0", 24], // protocols
  ["192.0.2.0", 24], // documentation
  ["192.88.99.0", 24], // relays of 6to4
  ["192.168.0.0", 16], // private
  ["198.18.0.0", 15], // benchmarks
  ["198.51.100.0", 24], // documentation
  ["203.0.113.0", 24], // documentation
  ["224.0.0.0", 4], // multicast
  ["240.0.0.0", 4], // reserved, broadcast
]);

/**
 * Of IPv6, only this is public: not loopback (`::1`), unique-local (`fc00::/7`, with AWS's metadata), link-local (`fe80::/10`),
 * multicast (`ff00::/8`), IPv4 in other words (`::ffff:0:0/96`) or through NAT64 (`64:ff9b::/96`, `64:ff9b:1::/48`).
 */
const GLOBAL_V6 = listOf("ipv6", [["2000::", 3]]);

/** Within that, these are not. */
const PRIVATE_V6 = listOf("ipv6", [
  ["2001::", 23], // protocols; Teredo, which leads to IPv4 addresses
  ["2001:db8::", 32], // documentation
  ["2002::", 16], // 6to4, which leads to IPv4 addresses
  ["3fff::", 20], // documentation
]);

function listOf(family: "ipv4" | "ipv6", subnets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of subnets) list.addSubnet(network, prefix, family);
  return list;
}

/** Whether an IP address is one of the public internet; false for text that is no address. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !PRIVATE_V4.check(address, "ipv4");
    case 6:
      return GLOBAL_V6.check(address, "ipv6") && !PRIVATE_V6.check(address, "ipv6");
    default:
      return false;
  }
}
